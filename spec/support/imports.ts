/** What source files import: each import with its line and its kind, the cycles among them, and what an entry loads. */
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import ts from 'typescript-5.9';

/** Source text by its path from the root of the checkout, such as `lib/client/database.ts`. */
export type Sources = ReadonlyMap<string, string>;

/** `to` is a path from the root for a relative import, and the specifier as written for a package. */
export interface Import {
  readonly from: string;
  readonly line: number;
  readonly to: string;
  /** `type` is gone at run time; `dynamic` loads later, if ever. */
  readonly kind: 'static' | 'type' | 'dynamic';
}

/** Reads every `.ts` file below `folders` of `root`, in the order of their paths. */
export function sourcesBelow(root: string, folders: readonly string[]): Sources {
  const paths = folders.flatMap((folder) =>
    readdirSync(posix.join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((path) => path.endsWith('.ts'))
      .map((path) => posix.join(folder, path.replaceAll('\\', '/'))),
  );
  return new Map(paths.sort().map((path) => [path, readFileSync(posix.join(root, path), 'utf8')]));
}

/** The imports of every file, in the order of the files and of their lines. */
export function importsOf(sources: Sources): readonly Import[] {
  return [...sources].flatMap(([path, text]) => importsOfFile(path, text));
}

/** Every import cycle, each written as `a.ts → b.ts → a.ts`. Imports of types count: they tie files together too. */
export function cyclesOf(imports: readonly Import[]): readonly string[] {
  const finished = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) cycles.push([...trail.slice(start), file].join(' → '));
    if (start >= 0 || finished.has(file)) return;
    for (const { from, to } of imports) if (from === file) visit(to, [...trail, file]);
    finished.add(file);
  };
  for (const { from } of imports) visit(from, []);
  return cycles;
}

/** The imports that run when `entry` is loaded: its own and those of every file it loads, without types and `import()`. */
export function loadedBy(entry: string, imports: readonly Import[]): readonly Import[] {
  const running = imports.filter(({ kind }) => kind === 'static');
  const files = new Set([entry]);
  // A Set's iteration also reaches what is added while it goes on.
  for (const file of files) for (const { from, to } of running) if (from === file) files.add(to);
  return running.filter(({ from }) => files.has(from));
}

function importsOfFile(from: string, text: string): readonly Import[] {
  const file = ts.createSourceFile(from, text, ts.ScriptTarget.Latest);
  const imports: Import[] = [];
  const add = (specifier: ts.Node | undefined, kind: Import['kind']): void => {
    if (specifier === undefined || !ts.isStringLiteralLike(specifier)) return;
    const line = file.getLineAndCharacterOfPosition(specifier.getStart(file)).line + 1;
    const to = specifier.text.startsWith('.') ? posix.join(posix.dirname(from), specifier.text) : specifier.text;
    imports.push({ from, line, to, kind });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node)) add(node.moduleSpecifier, node.importClause?.isTypeOnly ? 'type' : 'static');
    else if (ts.isExportDeclaration(node)) add(node.moduleSpecifier, node.isTypeOnly ? 'type' : 'static');
    else if (ts.isImportTypeNode(node))
      add(ts.isLiteralTypeNode(node.argument) ? node.argument.literal : undefined, 'type');
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
      add(node.arguments[0], 'dynamic');
    ts.forEachChild(node, visit);
  };
  visit(file);
  return imports;
}
