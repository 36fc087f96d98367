/** A thread that looks for its answer before it goes to sleep, and gives up where none comes in time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as later } from 'node:timers/promises';
import { WakefulLoop } from '../../../lib/wire/wakeful-loop.ts';

/** How many wait for the next turn of the event loop: one where it turns without a pause. */
const turning = () => process.getActiveResourcesInfo().filter((name) => name === 'Immediate').length;
const isTurning = () => turning() > 0;
const untilQuiet = async () => {
  while (isTurning()) await later(1);
};

describe('while an answer is due', () => {
  it('the event loop turns, until it has come', async () => {
    const poll = new WakefulLoop();
    for (let time = 0; time < 100; time++) {
      // Answers may come within one turn, and the next be asked for.
      for (let asked = 0; asked < 3; asked++) {
        poll.asked();
        poll.asked();
        assert.equal(turning(), 1);
        poll.heard();
      }
      await untilQuiet();
    }
  });

  it('timers go on', async () => {
    const poll = new WakefulLoop();
    const fired: number[] = [];
    poll.asked();
    setTimeout(() => fired.push(turning()));
    while (fired.length === 0) {
      await new Promise(setImmediate);
      // What comes is followed by more.
      poll.wait();
    }
    poll.heard();
    assert.equal(fired.length, 1);
    await untilQuiet();
  });

  it('and does not come, it goes to sleep; this is left out ever more often, and less so once one has come in time', async () => {
    const poll = new WakefulLoop();
    /** How often nothing is done, until the event loop turns for an answer once more. */
    const leftOut = (): number => {
      for (let times = 0; times < 100; times++) {
        poll.asked();
        if (isTurning()) return times;
      }
      return Number.POSITIVE_INFINITY;
    };
    const inVain: number[] = [];
    for (let time = 0; time < 9; time++) {
      inVain.push(leftOut());
      await untilQuiet();
    }
    assert.deepEqual(inVain, [0, 1, 3, 7, 15, 31, 63, 64, 64]);

    assert.equal(leftOut(), 64);
    poll.heard();
    await untilQuiet();
    for (let time = 0; time < 6; time++) {
      assert.equal(leftOut(), 0);
      poll.heard();
      await untilQuiet();
    }
    assert.equal(leftOut(), 0);
    await untilQuiet();
    assert.equal(leftOut(), 1);
    await untilQuiet();
  });

  it('and does not come, it goes to sleep though the clock stands still', async () => {
    const { now } = performance;
    performance.now = () => 0;
    try {
      const poll = new WakefulLoop();
      poll.asked();
      await untilQuiet();
    } finally {
      performance.now = now;
    }
  });

  it('a late answer changes nothing', async () => {
    const poll = new WakefulLoop();
    for (const leftOut of [0, 1, 3, 7]) {
      for (let time = 0; time < leftOut; time++) {
        poll.asked();
        assert.ok(!isTurning());
      }
      poll.asked();
      assert.ok(isTurning());
      await untilQuiet();
      poll.heard();
    }
  });
});
