/** Keys that put things in an order in which there is always room for one more between two. */

const digits = '0123456789abcdefghijklmnopqrstuvwxyz';

/**
 * The key of what goes between two others: text, compared byte by byte. `null` stands for either end of the order.
 *
 * Shapes  digits of a fraction of base 36, whose last one is not 0: `keyBetween('i', 'j')` is `'ii'`.
 * Errors  `RangeError` where the first is not before the second.
 */
export function keyBetween(before: unknown, after: unknown): string {
  const [low, high] = [before, after].map((key) => (key === null ? null : String(key))) as [
    string | null,
    string | null,
  ];
  if (low !== null && high !== null && low >= high) throw new RangeError(`There is nothing between ${low} and ${high}`);
  let isBounded = high !== null;
  let key = '';
  for (let place = 0; ; place++) {
    const least = low === null ? 0 : Math.max(0, digits.indexOf(low[place] ?? '0'));
    const most = isBounded ? digits.indexOf(high?.[place] ?? '0') : digits.length;
    if (most - least > 1) return key + digits[digitBetween(least, most)];
    key += digits[least];
    if (most > least) isBounded = false;
  }

  /** At an end of the order the next digit will do, so that keys stay short there. */
  function digitBetween(least: number, most: number): number {
    if (high === null) return least + 1;
    return low === null && isBounded ? most - 1 : (least + most) >> 1;
  }
}
