/** A scenario that failed once, kept with a sentence on what it showed. */
import type { Scenario } from './scenario.ts';

export interface Regression {
  /** What must be, as a sentence in the present tense. */
  readonly story: string;
  readonly scenario: Scenario;
}
