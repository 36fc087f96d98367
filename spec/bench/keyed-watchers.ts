/** One-row writes beside live queries of one shape, which differ by their parameter alone. */
import { done, withServer } from '../support/databases.ts';
import type { Benchmark } from './benchmark.ts';
import { whileFollowing } from './emissions.ts';
import { makeItems } from './items.ts';
import { runsDuring } from './live-runs.ts';
import { type Bound, cpuMsEach, median, repeat } from './measure.ts';
import { type Line, report, rounded } from './report.ts';

const query = 'SELECT id, title, done FROM item WHERE list_id = ?';
const lists = 20_000;
/** Nobody watches a list from here on. */
const watchedLists = 10_000;

/** Each round has servers of its own, and turns from side to side. */
const rounds: Bound = { times: 3, withinMs: 30_000 };
// Until the code is compiled, some 1,000 writes cost up to twice as much.
const warmUp: Bound = { times: 2000, withinMs: 2000 };
const writes: Bound = { times: 1000, withinMs: 1000 };
const batches = 5;

interface Side {
  readonly name: string;
  /** How many live queries are open. */
  readonly watchers: number;
  /** The list of the rows that are written. */
  readonly writtenList: number;
}

interface Figures {
  readonly cpuMs: readonly number[];
  readonly runsEach: number;
}

export const keyedWatchers: readonly Benchmark[] = [
  {
    name: 'keyed-watchers-one-concerned',
    title:
      'CPU of the process per one-row update by key, and live queries of 10 rows by list_id, one of them concerned',
    run: (title) =>
      compareSides(title, 1.25, [
        { name: '10,000 live queries', watchers: watchedLists, writtenList: 0 },
        { name: '1 live query', watchers: 1, writtenList: 0 },
      ]),
  },
  {
    name: 'keyed-watchers-none-concerned',
    title:
      'CPU of the process per one-row update by key, and live queries of 10 rows by list_id, none of them concerned',
    run: (title) =>
      compareSides(title, 1.2, [
        { name: '10,000 live queries', watchers: watchedLists, writtenList: lists - 1 },
        { name: 'no live query', watchers: 0, writtenList: lists - 1 },
      ]),
  },
];

async function compareSides(title: string, atMost: number, sides: readonly [Side, Side]): Promise<void> {
  const measured = await repeat(rounds, async () => {
    const first = await measure(sides[0]);
    return [first, await measure(sides[1])] as const;
  });
  const cpuMs = [0, 1].map((side) => median(measured.flatMap((round) => round[side]!.cpuMs))) as [number, number];
  const isConcerned = sides[0].writtenList < sides[0].watchers;
  const runs = median(measured.map(([{ runsEach }]) => runsEach));
  report(
    title,
    sides.map(({ name }, side): Line => [name, `${rounded(cpuMs[side]!)} ms`]),
    [
      { what: 'ratio', value: cpuMs[0] / cpuMs[1], atMost },
      ...(isConcerned ? [{ what: 'ms', value: cpuMs[0], atMost: 0.3 }] : []),
      { what: 'runs per write', value: runs, exactly: isConcerned ? 1 : 0 },
    ],
  );
}

/** Each write waits for its reply, and for the new result where it concerns a live query. */
function measure({ watchers, writtenList }: Side): Promise<Figures> {
  return withServer(async ({ db, server }) => {
    await makeItems(db, { rows: lists * 10, lists, indexes: ['list_id'] });
    const live$ = Array.from({ length: watchers }, (_, list) => db.watch(query, [list]));
    return whileFollowing(live$, async (all) => {
      const concerned = all[writtenList];
      let count = 0;
      const write = async (): Promise<void> => {
        const id = writtenList + lists * (count++ % 10);
        const emitted = concerned?.next();
        await done(db.execute('UPDATE item SET title = ? WHERE id = ?', [`title ${count}`, id]));
        await emitted;
      };
      await repeat(warmUp, write);
      const cpuMs: number[] = [];
      const { each } = await runsDuring(server, async () => {
        const before = count;
        for (let batch = 0; batch < batches; batch++) cpuMs.push(await cpuMsEach(writes, write));
        return count - before;
      });
      return { cpuMs, runsEach: each };
    });
  });
}
