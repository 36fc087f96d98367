/** Measures time and CPU, and takes medians. */

/** How often something is measured: so many times, but no longer than so long, and at least once. */
export interface Bound {
  readonly times: number;
  readonly withinMs: number;
}

/** Does `work` again and again within the bound. Gives what each time gave. */
export async function repeat<T>({ times, withinMs }: Bound, work: (n: number) => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  const end = performance.now() + withinMs;
  do results.push(await work(results.length));
  while (results.length < times && performance.now() < end);
  return results;
}

/** What `work` takes by the clock, in ms. */
export async function elapsedMs(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** The CPU of the whole process, with all of its threads, for each time that `work` is done within the bound, in ms. */
export async function cpuMsEach(bound: Bound, work: (n: number) => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  const { length } = await repeat(bound, work);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / length;
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}
