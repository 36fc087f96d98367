/** The smaller forms of a write, for shrinking. */
import type { BatchPart, Statement, Write } from './scenario.ts';
import { withLiterals } from './statement-text.ts';

/** Each a little simpler than the write; the greatest steps first. */
export function smallerWrites(write: Write): Write[] {
  switch (write.kind) {
    case 'transaction': {
      const { parts } = write;
      const fewer = parts.map((_, index) => parts.filter((_part, other) => other !== index));
      const smaller = parts.flatMap((part, index) => smallerWrites(part).map((made) => parts.with(index, made)));
      return [
        ...(write.ends === 'commit' ? parts : []),
        ...(parts.length > 1 ? fewer : []).map((made): Write => ({ ...write, parts: made })),
        ...smaller.map((made): Write => ({ ...write, parts: made })),
      ];
    }
    case 'batch': {
      const { parts } = write;
      const fewer = parts.map((_, index) => parts.filter((_part, other) => other !== index));
      const smaller = parts.flatMap((part, index) => smallerParts(part).map((made) => parts.with(index, made)));
      return [
        ...parts.flatMap((part): Write[] => ('rows' in part ? [] : [{ kind: 'execute', ...part }])),
        ...(parts.length > 1 ? fewer : []).map((made): Write => ({ ...write, parts: made })),
        ...smaller.map((made): Write => ({ ...write, parts: made })),
      ];
    }
    case 'script':
      if (write.sql.length === 1) return [{ kind: 'execute', sql: write.sql[0]! }];
      return write.sql.map(
        (_, index): Write => ({ ...write, sql: write.sql.filter((_sql, other) => other !== index) }),
      );
    case 'select':
      return [
        {
          kind: 'execute',
          sql: write.sql.replace(/ RETURNING \*$/, ''),
          ...(write.params ? { params: write.params } : {}),
        },
      ];
    case 'execute':
      return smallerStatements(write).map((statement): Write => ({ kind: 'execute', ...statement }));
  }
}

function smallerParts(part: BatchPart): BatchPart[] {
  if (!('rows' in part)) return smallerStatements(part);
  const { rows, sql } = part;
  if (rows.length === 1) return [{ sql, params: rows[0]! }];
  const half = Math.floor(rows.length / 2);
  const parts = [
    { sql, rows: rows.slice(0, half) },
    { sql, rows: rows.slice(half) },
  ];
  if (rows.length > 12) return parts;
  return [...parts, ...rows.map((_, index) => ({ sql, rows: rows.filter((_row, other) => other !== index) }))];
}

function smallerStatements({ sql, params }: Statement): Statement[] {
  const empty =
    params === undefined || (Array.isArray(params) ? params.length === 0 : Object.keys(params).length === 0);
  if (!empty) return [{ sql: withLiterals({ sql, ...(params ? { params } : {}) }) }];
  const made: Statement[] = [];
  // Rows of a VALUES, and conjuncts of a WHERE, as this project's generators write them.
  const rows = / VALUES (\(.*\))$/.exec(sql);
  const tuples = rows?.[1]?.split(/(?<=\)), (?=\()/) ?? [];
  if (rows && tuples.length > 1) {
    for (let index = 0; index < tuples.length; index++) {
      made.push({
        sql: `${sql.slice(0, rows.index)} VALUES ${tuples.filter((_, other) => other !== index).join(', ')}`,
      });
    }
  }
  const where = / WHERE (\(.*\))$/.exec(sql);
  const conjuncts = where?.[1]?.split(/(?<=\)) AND (?=\()/) ?? [];
  if (where) made.push({ sql: sql.slice(0, where.index) });
  if (where && conjuncts.length > 1)
    for (const conjunct of conjuncts) made.push({ sql: `${sql.slice(0, where.index)} WHERE ${conjunct}` });
  const set = /^(UPDATE .* SET )(.*?)( WHERE .*)?$/.exec(sql);
  const sets = set?.[2]?.split(/, (?=["\w]+ = )/) ?? [];
  if (set && sets.length > 1) for (const one of sets) made.push({ sql: `${set[1]}${one}${set[3] ?? ''}` });
  return made;
}
