/** Runs one marble test in virtual time, with node:assert as the judge. */

import assert from 'node:assert/strict';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';

/** The tools of a marble test: `cold`, `hot`, `expectObservable`, `expectSubscriptions`, `time`, `flush`. */
export type Marbles = RunHelpers;

/**
 * Runs `test` with the tools of RxJS's TestScheduler, then lets virtual time pass and asserts what was expected.
 *
 *     it('is a sentence', () => marbles(({ cold, expectObservable }) => { … }));
 *
 * Units   one frame of a marble diagram is one virtual millisecond.
 * Errors  a difference throws node:assert's AssertionError, with every notification and its frame.
 */
export function marbles(test: (tools: Marbles) => void): void {
  new TestScheduler((actual, expected) => assert.deepEqual(actual, expected)).run(test);
}
