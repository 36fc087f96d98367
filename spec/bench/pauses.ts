/** How long this thread is busy without a break. */

export interface Pause {
  /** By the clock: on a machine that does other things too, these have their part in it. */
  readonly tookMs: number;
  /** What this thread worked meanwhile. */
  readonly workedMs: number;
}

/** Does `work`, and gives the longest time between two turns of the event loop meanwhile, and the most work between two. */
export async function longestPause(work: () => Promise<unknown>): Promise<Pause> {
  let tookMs = 0;
  let workedMs = 0;
  let last = performance.now();
  let lastWorked = workedSoFarMs();
  let isOver = false;
  const tick = (): void => {
    const [now, worked] = [performance.now(), workedSoFarMs()];
    tookMs = Math.max(tookMs, now - last);
    workedMs = Math.max(workedMs, worked - lastWorked);
    [last, lastWorked] = [now, worked];
    if (!isOver) setImmediate(tick);
  };
  setImmediate(tick);
  await work();
  await new Promise(setImmediate);
  isOver = true;
  return { tookMs, workedMs };
}

function workedSoFarMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}
