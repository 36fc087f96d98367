/** What is pending is found by its number, in whatever order it is answered. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { PendingRequests } from '../../../lib/client/pending-requests.ts';

const pendingOf = (id: number) => ({ request: { id } });

describe('pending requests', () => {
  it('are found until they are taken, and in the order in which they were asked', () => {
    const pending = new PendingRequests<ReturnType<typeof pendingOf>>();
    const expected = new Map<number, ReturnType<typeof pendingOf>>();
    let state = 1;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let id = 1; id <= 20_000; id++) {
      const one = pendingOf(id);
      pending.add(one);
      expected.set(id, one);
      // Some stay for ever; the others go now or later, for a while many are pending.
      const most = id < 10_000 ? 3_000 : 50;
      while (expected.size - Math.floor(id / 100) > most) {
        const other = 1 + random(id);
        assert.equal(pending.get(other), expected.get(other));
        if (other % 100 === 0) continue;
        assert.equal(pending.take(other), expected.get(other));
        expected.delete(other);
        assert.equal(pending.get(other), undefined);
      }
      assert.equal(pending.size, expected.size);
    }
    assert.deepEqual(pending.all(), [...expected.values()]);
    for (const id of expected.keys()) assert.equal(pending.take(id), expected.get(id));
    assert.deepEqual([pending.size, pending.all()], [0, []]);
  });
});
