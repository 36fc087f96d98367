/** Web Locks, as far as this thread sees them: those of other origins it does not, nor those of before the site was cleared. */

/** Whether anybody holds a lock of that name. */
export async function isHeld(lock: string): Promise<boolean> {
  const { held = [] } = await navigator.locks.query();
  return held.some(({ name }) => name === lock);
}
