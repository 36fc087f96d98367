/** The queries of the pipeline. What they read, views included, sluice finds out from SQLite. */
import { type Results, sql } from 'sluice';

export interface SensorAverage {
  readonly id: number;
  readonly name: string;
  readonly readings: number;
  readonly average: number;
}

/** Each sensor and the whole: a group that `watchAll` gives at one version. */
export const overview = {
  sensors: sql<SensorAverage>`
    SELECT sensor.id, name, count(*) AS readings, avg(celsius) AS average
    FROM sensor JOIN reading ON reading.sensor = sensor.id GROUP BY sensor.id ORDER BY average DESC`,
  total: sql<{ readings: number }>`SELECT count(*) AS readings FROM reading`,
};

export type Group = Results<typeof overview>;

/** A sensor that has readings above its limit of which nobody took note. */
export interface Alarm {
  readonly sensor: number;
  readonly name: string;
  readonly readings: number;
  readonly peak: number;
  /** 1 once the latest reading is not above the limit, 0 before. */
  readonly isOver: number;
}

export const alarms = sql<Alarm>`SELECT sensor, name, readings, peak, isOver FROM alarm ORDER BY sensor`;

export interface Reading {
  readonly id: number;
  readonly name: string;
  readonly celsius: number;
}

export const everyReading = sql<Reading>`
  SELECT reading.id, name, celsius FROM reading JOIN sensor ON sensor.id = reading.sensor ORDER BY reading.id`;

export interface Books {
  readonly readings: number;
  readonly incidents: number;
  readonly median: number;
  /** How many migrations the file has seen. */
  readonly version: number;
}

/** `median` is a function of this application's own, which the server module defines. */
export const books = sql<Books>`
  SELECT count(*) AS readings, median(celsius) AS median, (SELECT count(*) FROM incident) AS incidents,
    (SELECT user_version FROM pragma_user_version) AS version
  FROM reading`;
