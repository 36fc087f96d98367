/** The clock and the timers as they are at first: who replaces them in his tests means his own. */

export const { setImmediate: immediate, setTimeout: timeout } = globalThis;

/** The time in milliseconds. */
export const now: () => number = performance.now.bind(performance);
