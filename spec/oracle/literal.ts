/** Values as SQL text, and scenarios as JSON: nothing is lost of either. */
import type { Value } from './scenario.ts';

/** A value as SQL writes it. */
export function literal(value: Value): string {
  if (value === null) return 'NULL';
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`;
  if (typeof value === 'string' && value.includes('\0')) return `CAST(${literal(Buffer.from(value))} AS TEXT)`;
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  if (typeof value === 'bigint' || Number.isSafeInteger(value)) return Object.is(value, -0) ? '-0.0' : `${value}`;
  if (!Number.isFinite(value)) return value > 0 ? '9e999' : '-9e999';
  const text = `${value}`;
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** A name as SQL writes it. */
export function quoted(name: string): string {
  return /^[a-z]\w*$/i.test(name) && !keywords.has(name.toLowerCase()) ? name : `"${name.replaceAll('"', '""')}"`;
}

const keywords = new Set(['order', 'group', 'select', 'index', 'table', 'where', 'default', 'values', 'from', 'to']);

export function toJson(data: unknown): string {
  return JSON.stringify(data, (_, value: unknown) => {
    if (typeof value === 'bigint') return { $integer: `${value}` };
    if (Object.is(value, -0)) return { $real: '-0' };
    if (typeof value === 'number' && !Number.isFinite(value)) return { $real: `${value}` };
    if (value instanceof Uint8Array) return { $blob: Buffer.from(value).toString('hex') };
    return value;
  });
}

export function fromJson<T>(text: string): T {
  return JSON.parse(text, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if ('$integer' in value) return BigInt(String(value.$integer));
    if ('$real' in value) return Number(value.$real);
    if ('$blob' in value) return new Uint8Array(Buffer.from(String(value.$blob), 'hex'));
    return value;
  }) as T;
}
