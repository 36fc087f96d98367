/** Reads SQL text as far as its tokens: where its statements end, and which parameters they take; and writes names into it. */
import { type Token, tokenize, tokenName } from 'sqlite3-parser';

/** One statement of a text. */
export interface StatementText {
  readonly sql: string;
  /** One entry for each parameter, in order: its name with its prefix, or null for a plain `?`. */
  readonly parameterNames: readonly (string | null)[];
  /** The first word, in upper case: `SELECT`, `WITH`, `EXPLAIN`, … */
  readonly verb: string;
}

/** A name as SQL has it, whatever is in it. https://sqlite.org/lang_keywords.html */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * Splits a text at the semicolons that end a statement, which are not those inside a trigger's body.
 *
 * Source  https://sqlite.org/c3ref/complete.html: a CREATE TRIGGER ends at `; END ;`.
 */
export function statementsOf(source: string): StatementText[] {
  // A byte order mark would cling to the first word.
  const text = source.replace(/^\uFEFF/, '');
  const statements: StatementText[] = [];
  let tokens: Token[] = [];
  const end = (offset: number): void => {
    if (tokens.length > 0) statements.push(statementOf(text.slice(tokens[0]!.span.offset, offset), tokens));
    tokens = [];
  };
  for (const token of tokenize(text)) {
    const isEnd = tokenName(token.type) === 'SEMI' && (!startsTrigger(tokens) || endsTrigger(tokens));
    if (isEnd) end(token.span.offset);
    else tokens.push(token);
  }
  end(text.length);
  return statements;
}

/** Whether a text resolves conflicts by REPLACE; `replace(…)` is only a function. */
export function mentionsReplace(source: string): boolean {
  if (!/replace/i.test(source)) return false;
  const tokens = [...tokenize(source)];
  return tokens.some(({ text }, index) => text.toLowerCase() === 'replace' && tokens[index + 1]?.text !== '(');
}

/** Where the parameters of a text stand, in order, and which of {@link StatementText.parameterNames} each is, from 1. */
export function variablesOf(
  sql: string,
): { readonly offset: number; readonly length: number; readonly number: number }[] {
  if (lastVariables?.sql === sql) return lastVariables.variables;
  const tokens = [...tokenize(sql)].filter((token) => tokenName(token.type) === 'VARIABLE');
  const { numbers } = numbered(tokens.map(({ text }) => text));
  const variables = tokens.map(({ span }, index) => ({
    offset: span.offset,
    length: span.length,
    number: numbers[index]!,
  }));
  lastVariables = { sql, variables };
  return variables;
}

/** One text is asked many times in a row: for a list of 2,000 parameters, once for each of them. */
let lastVariables: { readonly sql: string; readonly variables: ReturnType<typeof variablesOf> } | undefined;

function statementOf(sql: string, tokens: readonly Token[]): StatementText {
  const variables = tokens.filter((token) => tokenName(token.type) === 'VARIABLE').map((token) => token.text);
  return { sql, parameterNames: numbered(variables).names, verb: tokens[0]!.text.toUpperCase() };
}

/** https://sqlite.org/limits.html#max_variable_number */
const maxParameters = 32_766;

/** Numbers the parameters as https://sqlite.org/lang_expr.html#varparam does. */
function numbered(variables: readonly string[]): { names: (string | null)[]; numbers: number[] } {
  const names: (string | null)[] = [];
  const known = new Map<string, number>();
  const numbers = variables.map((variable) => {
    if (variable === '?') return names.push(null);
    if (!variable.startsWith('?')) {
      const number = known.get(variable) ?? names.push(variable);
      known.set(variable, number);
      return number;
    }
    const number = Number(variable.slice(1));
    // SQLite refuses the statement.
    if (number < 1 || number > maxParameters) return number;
    while (names.length < number) names.push(null);
    names[number - 1] ??= variable;
    return number;
  });
  return { names, numbers };
}

function startsTrigger(tokens: readonly Token[]): boolean {
  const words = tokens.slice(0, 6).map((token) => token.text.toUpperCase());
  while (words[0] === 'EXPLAIN' || words[0] === 'QUERY' || words[0] === 'PLAN') words.shift();
  if (words.shift() !== 'CREATE') return false;
  if (words[0] === 'TEMP' || words[0] === 'TEMPORARY') words.shift();
  return words[0] === 'TRIGGER';
}

function endsTrigger(tokens: readonly Token[]): boolean {
  return tokens.at(-1)?.text.toUpperCase() === 'END' && tokens.at(-2)?.text === ';';
}
