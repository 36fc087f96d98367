/** Rewrites a text in several places at once. */

export interface TextEdit {
  readonly offset: number;
  /** How much of the text goes; 0 inserts. */
  readonly length: number;
  readonly text: string;
}

/** The part of `source` between two offsets, with the edits that lie in it made. Edits do not overlap. */
export function edited(source: string, edits: readonly TextEdit[], start = 0, end = source.length): string {
  const inside = edits
    .filter(({ offset, length }) => offset >= start && offset + length <= end)
    .sort((a, b) => a.offset - b.offset);
  let text = '';
  let at = start;
  for (const edit of inside) {
    text += source.slice(at, edit.offset) + edit.text;
    at = edit.offset + edit.length;
  }
  return text + source.slice(at, end);
}
