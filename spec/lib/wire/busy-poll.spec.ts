/** A thread that looks for its answer before it goes to sleep, and gives up where none comes in time. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as later } from 'node:timers/promises';
import { BusyPoll } from '../../../lib/wire/busy-poll.ts';

/** Whether the event loop turns without a pause. */
const isTurning = () => process.getActiveResourcesInfo().includes('Immediate');
const untilQuiet = async () => {
  while (isTurning()) await later(1);
};

describe('while an answer is due', () => {
  it('the event loop turns, until it has come', async () => {
    const poll = new BusyPoll();
    for (let time = 0; time < 100; time++) {
      poll.asked();
      assert.ok(isTurning());
      poll.heard();
      await untilQuiet();
    }
  });

  it('and does not come, it goes to sleep; this is left out ever more often, and less so once one has come in time', async () => {
    const poll = new BusyPoll();
    /** How often nothing is done, until the event loop turns for an answer once more. */
    const leftOut = (): number => {
      for (let times = 0; ; times++) {
        poll.asked();
        if (isTurning()) return times;
      }
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

  it('a late answer changes nothing', async () => {
    const poll = new BusyPoll();
    poll.asked();
    await untilQuiet();
    poll.heard();
    poll.asked();
    assert.ok(!isTurning());
  });
});
