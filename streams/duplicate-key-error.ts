/** Says that two rows of one result have one key. */

/** Two rows of one result have one key, at the places `first` and `second`. The key itself stays out of the message. */
export class DuplicateKeyError extends Error {
  override readonly name = 'DuplicateKeyError';
  readonly key: unknown;
  readonly first: number;
  readonly second: number;

  constructor(key: unknown, first: number, second: number) {
    super(`each row is expected to have a key of its own, and the rows at ${first} and ${second} have the same`);
    this.key = key;
    this.first = first;
    this.second = second;
  }
}
