/** Waits for the next turn of the event loop, and for nothing for ever. */

/** On the way there, messages arrive. Another thread is given a little time. */
export function nextTurn(isRemote: boolean): Promise<void> {
  return new Promise((resolve) => {
    if (isRemote) setTimeout(resolve, 1);
    else setImmediate(resolve);
  });
}

/** The value of a promise, or nothing where it takes longer. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<{ readonly value: T } | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeUp = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise.then((value) => ({ value })), timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
