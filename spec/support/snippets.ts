/** The TypeScript blocks of a Markdown page, and what each of them says it prints. */

export interface Snippet {
  /** Line of the opening fence, the first being 1. */
  readonly line: number;
  readonly code: string;
  /** From an HTML comment before the block: `<!-- types only -->`, `<!-- browser -->` or `<!-- angular -->`; else it runs. */
  readonly use: 'run' | 'types only' | 'browser' | 'angular';
}

/** Every block fenced as `ts`, in the order of the page. */
export function snippetsOf(markdown: string): readonly Snippet[] {
  const block =
    /(?:<!--\s*(?<use>types only|browser|angular)\s*-->\s*\n)?^(?<indent> *)```ts\b[^\n]*\n(?<code>.*?)^ *```$/gms;
  return [...markdown.replaceAll('\r\n', '\n').matchAll(block)].map((match) => {
    const { use, indent = '', code = '' } = match.groups ?? {};
    return {
      line: match.input.slice(0, match.index + match[0].indexOf('```ts')).split('\n').length,
      code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      use: use === undefined ? 'run' : (use as Snippet['use']),
    };
  });
}

/** What the code promises by comments `// prints: …`, each as a pattern of a whole line; a `…` stands for anything. */
export function promisedLines(code: string): readonly RegExp[] {
  return [...code.matchAll(/\/\/ prints: (.*?)\s*$/gm)].map(([, line = '']) => {
    const literals = line.split('…').map((literal) => literal.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
    return new RegExp(`^${literals.join('.*')}$`);
  });
}

/** The first pattern that no line of `output` matches behind the line of the pattern before; `undefined` if all do. */
export function firstUnprinted(patterns: readonly RegExp[], output: string): RegExp | undefined {
  let lines = output.split(/\r\n|\r|\n/).map((line) => line.trim());
  return patterns.find((pattern) => {
    const found = lines.findIndex((line) => pattern.test(line));
    lines = lines.slice(found + 1);
    return found < 0;
  });
}
