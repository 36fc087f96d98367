/** What the sensors send: ten readings every five milliseconds, in which three sensors run hot for a while. */
import { interval, map, mergeMap, type Observable, range, take } from 'rxjs';

export const sensors = 20;
export const readingsOfEach = 200;
/** The sensors that run hot, and from which of their readings on. */
export const hotSensors: ReadonlyMap<number, number> = new Map([
  [4, 40],
  [9, 70],
  [16, 100],
]);
/** How many readings of such a sensor in a row are above its limit, which is 80 °C. */
export const hotReadings = 60;

/** A reading: the properties name the columns. */
export type NewReading = {
  readonly sensor: number;
  readonly celsius: number;
};

/** Emits for two seconds, or longer where this thread has no time; each sensor in turn. */
export function readSensors(): Observable<NewReading> {
  const perTick = 10;
  return interval(5).pipe(
    take((sensors * readingsOfEach) / perTick),
    mergeMap((tick) => range(tick * perTick, perTick)),
    map((n) => ({ sensor: 1 + (n % sensors), celsius: celsiusOf(1 + (n % sensors), Math.floor(n / sensors)) })),
  );
}

function celsiusOf(sensor: number, reading: number): number {
  const usual = 50 + sensor / 2 + 5 * Math.sin(reading / 10 + sensor);
  const since = reading - (hotSensors.get(sensor) ?? Number.POSITIVE_INFINITY);
  return since >= 0 && since < hotReadings ? usual + 40 : usual;
}
