/** What a PRAGMA does to other statements. It shows in no opcode: some act when they are prepared, also behind EXPLAIN. */
import { type Token, tokenize } from 'sqlite3-parser';

interface Pragma {
  /** In lower case, without the name of a database before it. */
  readonly name: string;
  readonly hasArgument: boolean;
}

/** These change what a query gives, or drop what is TEMP. https://sqlite.org/pragma.html */
const meanings = new Set([
  'case_sensitive_like',
  'full_column_names',
  'reverse_unordered_selects',
  'short_column_names',
  'temp_store',
  'temp_store_directory',
  'trusted_schema',
]);

/** These take an argument, and set nothing that another connection does not see, or that changes what it reads. */
const untuning = new Set(
  `analysis_limit application_id auto_vacuum busy_timeout cache_size cache_spill checkpoint_fullfsync defer_foreign_keys
  foreign_key_check foreign_key_list foreign_keys fullfsync hard_heap_limit ignore_check_constraints incremental_vacuum
  index_info index_list index_xinfo integrity_check journal_size_limit max_page_count mmap_size optimize quick_check
  recursive_triggers secure_delete shrink_memory soft_heap_limit synchronous table_info table_list table_xinfo temp_store
  threads user_version wal_autocheckpoint wal_checkpoint`.split(/\s+/),
);

/** Whether a statement is a PRAGMA, or explains one. */
export function isPragma(sql: string): boolean {
  return pragmaOf(sql) !== undefined;
}

/** Whether a statement changes what others mean. */
export function changesMeaning(sql: string): boolean {
  const { name, hasArgument } = pragmaOf(sql) ?? {};
  return name !== undefined && hasArgument === true && meanings.has(name);
}

/** Whether a statement may change what its connection reads, and no other does. */
export function tunesConnection(sql: string): boolean {
  const { name, hasArgument } = pragmaOf(sql) ?? {};
  return name !== undefined && hasArgument === true && !untuning.has(name);
}

function pragmaOf(sql: string): Pragma | undefined {
  if (!/pragma/i.test(sql)) return undefined;
  const tokens = [...tokenize(sql)];
  while (tokens.length > 0 && /^(?:EXPLAIN|QUERY|PLAN)$/i.test(tokens[0]!.text)) tokens.shift();
  if (!/^PRAGMA$/i.test(tokens.shift()?.text ?? '')) return undefined;
  if (tokens[1]?.text === '.') tokens.splice(0, 2);
  const [name, next] = tokens;
  return name && { name: nameOf(name), hasArgument: next?.text === '=' || next?.text === '(' };
}

/** https://sqlite.org/lang_keywords.html: a name may stand in quotes of four kinds. */
function nameOf({ text }: Token): string {
  const [, doubled, bracketed] = /^(?:(["'`].*)["'`]|\[(.*)\])$/s.exec(text) ?? [];
  const quote = doubled?.[0] ?? '';
  const name = bracketed ?? doubled?.slice(1).replaceAll(quote + quote, quote) ?? text;
  return name.toLowerCase();
}
