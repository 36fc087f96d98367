/** The version of the database, as one thread writes it and others read it. */

/** Two counters: how often a commit began or ended, and the version. */
const size = 16;

/**
 * Tells a reader the version of its snapshot: where no commit was under way before or after it was taken, nor in between, it
 * is the one that stands here.
 */
export class VersionBoard {
  readonly memory: SharedArrayBuffer;
  readonly #turns: Int32Array;
  readonly #version: Float64Array;
  #isOpen = false;

  constructor(memory = new SharedArrayBuffer(size)) {
    this.memory = memory;
    this.#turns = new Int32Array(memory, 0, 1);
    this.#version = new Float64Array(memory, 8, 1);
  }

  /** Runs what may commit something. `version` gives what it came to. */
  around<T>(work: () => T, version: () => number): T {
    if (this.#isOpen) return work();
    this.#isOpen = true;
    Atomics.add(this.#turns, 0, 1);
    try {
      return work();
    } finally {
      this.#version[0] = version();
      Atomics.add(this.#turns, 0, 1);
      this.#isOpen = false;
    }
  }

  /** Runs `begin`, which takes a snapshot. Gives its version, unless that cannot be known. */
  versionOf(begin: () => void): number | undefined {
    const turns = Atomics.load(this.#turns, 0);
    const version = this.#version[0]!;
    begin();
    const isStill = turns % 2 === 0 && Atomics.load(this.#turns, 0) === turns;
    return isStill ? version : undefined;
  }

  /** Waits for the end of a commit that is under way, for a millisecond at the most. */
  wait(): void {
    const turns = Atomics.load(this.#turns, 0);
    if (turns % 2 !== 0) Atomics.wait(this.#turns, 0, turns, 1);
  }
}
