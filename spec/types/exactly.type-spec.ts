/** Asserts that a value has one type and no other: `satisfies` would also take `any`, `never` and whatever is narrower. */

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** `exactly<number>()(1 + 1)` compiles, and `exactly<unknown>()(1 + 1)` does not. */
export declare function exactly<Expected>(): <Given>(
  given: Given,
  ...proof: Same<Expected, Given> extends true ? [] : [theTypeIs: Given]
) => void;

// biome-ignore lint/suspicious/noExplicitAny: it is what is refused.
declare const anything: any;
exactly<number>()(1 + 1);
exactly<{ a: 1 }>()({} as { a: 1 });
// @ts-expect-error narrower than it is said to be
exactly<number | string>()(1 + 1);
// @ts-expect-error wider than it is said to be
exactly<1>()(1 + 1);
// @ts-expect-error `any` is not everything
exactly<number>()(anything);
