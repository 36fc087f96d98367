/** One case of the bench. */

export interface Benchmark {
  /** By which it is asked for. */
  readonly name: string;
  /** What is measured, and with what. */
  readonly title: string;
  run(title: string): Promise<void>;
}
