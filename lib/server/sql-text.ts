/** Reads SQL text as far as its tokens: where its statements end, and which parameters they take. */
import { type Token, tokenize, tokenName } from 'sqlite3-parser';

/** One statement of a text. */
export interface StatementText {
  readonly sql: string;
  /** One entry for each parameter, in order: its name with its prefix, or null for a plain `?`. */
  readonly parameterNames: readonly (string | null)[];
  /** The first word, in upper case: `SELECT`, `WITH`, `EXPLAIN`, … */
  readonly verb: string;
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

function statementOf(sql: string, tokens: readonly Token[]): StatementText {
  const variables = tokens.filter((token) => tokenName(token.type) === 'VARIABLE').map((token) => token.text);
  return { sql, parameterNames: parameterNamesOf(variables), verb: tokens[0]!.text.toUpperCase() };
}

/** https://sqlite.org/limits.html#max_variable_number */
const maxParameters = 32_766;

/** Numbers the parameters as https://sqlite.org/lang_expr.html#varparam does. */
function parameterNamesOf(variables: readonly string[]): (string | null)[] {
  const names: (string | null)[] = [];
  for (const variable of variables) {
    if (variable === '?') names.push(null);
    else if (variable.startsWith('?')) {
      const number = Number(variable.slice(1));
      // SQLite refuses the statement.
      if (number < 1 || number > maxParameters) continue;
      while (names.length < number) names.push(null);
      names[number - 1] ??= variable;
    } else if (!names.includes(variable)) names.push(variable);
  }
  return names;
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
