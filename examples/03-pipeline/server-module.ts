/** What the server loads into its worker: migrations, functions, procedures and the hook that hears of everything. */
import type { Migration, ServerEvent, SetupDatabase, SyncDatabase } from 'sluice';
import type { Alarm } from './queries.ts';
import { sensors } from './readings.ts';
import { type Timing, Timings } from './timings.ts';

/** They run once per file, each as a transaction. To change what is there, add a step; never edit one. */
export const migrations: readonly Migration[] = [
  `CREATE TABLE sensor (id INTEGER PRIMARY KEY, name TEXT NOT NULL, maxCelsius REAL NOT NULL) STRICT;
   CREATE TABLE reading (
     id INTEGER PRIMARY KEY,
     sensor INTEGER NOT NULL REFERENCES sensor,
     celsius REAL NOT NULL
   ) STRICT;
   CREATE INDEX reading_by_sensor ON reading (sensor, celsius);`,
  (db) => {
    for (let id = 1; id <= sensors; id++) db.execute('INSERT INTO sensor VALUES (?, ?, 80)', [id, `boiler ${id}`]);
  },
  `ALTER TABLE sensor ADD COLUMN notedUpTo INTEGER NOT NULL DEFAULT 0;
   CREATE TABLE incident (sensor INTEGER NOT NULL REFERENCES sensor, readings INTEGER NOT NULL, peak REAL NOT NULL) STRICT;
   CREATE VIEW alarm AS
     SELECT sensor.id AS sensor, name, count(*) AS readings, max(celsius) AS peak,
       max(reading.id) < (SELECT max(id) FROM reading WHERE sensor = sensor.id) AS isOver
     FROM sensor JOIN reading ON reading.sensor = sensor.id
     WHERE celsius > maxCelsius AND reading.id > notedUpTo
     GROUP BY sensor.id;`,
];

/** Gives each connection what SQLite does not have by itself. */
export function setup(db: SetupDatabase): void {
  db.aggregate<number[]>('median', {
    start: () => [],
    step: (values, value) => {
      values.push(Number(value));
      return values;
    },
    result: (values) => values.sort((a, b) => a - b)[values.length >> 1] ?? null,
  });
}

const heard = new Timings();

/** Each is a transaction of its own, and costs one message, however many statements it runs. */
export const procedures = {
  /** Takes note of what a sensor did above its limit, so that its alarm ends. */
  takeNote(db: SyncDatabase, sensor: number): Alarm {
    const [alarm] = db.select<Alarm>('SELECT * FROM alarm WHERE sensor = ?', [sensor]);
    if (!alarm) throw new Error(`There is no alarm of sensor ${sensor}`);
    db.execute('INSERT INTO incident VALUES (?, ?, ?)', [sensor, alarm.readings, alarm.peak]);
    db.execute('UPDATE sensor SET notedUpTo = (SELECT max(id) FROM reading) WHERE id = ?', [sensor]);
    return alarm;
  },
  /** What the hook has heard so far. */
  whatWasHeard: (_db: SyncDatabase): readonly Timing[] => heard.all,
};

/** Runs in the worker, for every client: here it adds up; it could as well write a log. */
export function onEvent(event: ServerEvent): void {
  switch (event.kind) {
    case 'operation':
      heard.add(event.request, event.tookMs);
      break;
    case 'live-run':
      heard.add(event.reason.length > 0 ? `live run because of ${event.reason.join(', ')}` : 'first live run');
      break;
    case 'commit':
      heard.add('commit announced');
      break;
  }
}
