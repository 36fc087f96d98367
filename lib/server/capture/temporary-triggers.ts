/** The capture triggers as they stand in the schema: made, dropped, and found where their table is gone. */
import { type Engine, EngineError } from '../../../engines/engine.ts';
import { quoted } from '../sql-text.ts';
import { type CaptureLayout, captureTriggerPrefix, captureTriggers, captureTriggerTable } from './capture-triggers.ts';

export class TemporaryTriggers {
  readonly #engine: Engine;
  /** There may be triggers whose table is gone. */
  #hasOrphans = false;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Errors  `EngineError` where SQLite refuses one; those before it stand. */
  make(slot: number, layout: CaptureLayout): void {
    for (const sql of captureTriggers(slot, layout, this.#knowsAngles())) this.#engine.exec(sql);
  }

  /** Drops the triggers of one slot, or, of whatever number, all. */
  drop(slot: number | '*'): void {
    const pattern = `${captureTriggerPrefix}${slot}_*`;
    const find = this.#engine.prepare(
      `SELECT name FROM temp.sqlite_schema WHERE type = 'trigger' AND name GLOB '${pattern}'`,
      [],
    );
    const names = find.all([]);
    find.finalize();
    for (const [name] of names) {
      try {
        this.#engine.exec(`DROP TRIGGER temp.${quoted(String(name))}`);
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        // Its table was dropped by another process: SQLite does not know the trigger any more.
        this.#hasOrphans = true;
      }
    }
  }

  /**
   * Takes away the triggers whose table another process dropped. SQLite has no such trigger to drop, and yet ALTER TABLE
   * fails on it: an empty table stands in for the one that is gone, and a savepoint that undoes a change of the schema has
   * SQLite read the triggers anew. Called before a change of the schema, which takes the same lock.
   */
  dropOrphans(): void {
    if (!this.#hasOrphans) return;
    this.#hasOrphans = false;
    const find = this.#engine.prepare(
      `SELECT DISTINCT sql FROM temp.sqlite_schema WHERE type = 'trigger' AND name GLOB '${captureTriggerPrefix}*'`,
      [],
    );
    const tables = new Set(find.all([]).map(([sql]) => captureTriggerTable(String(sql))));
    find.finalize();
    for (const table of tables) {
      this.#engine.exec('SAVEPOINT sluice_orphans');
      try {
        this.#engine.exec(`CREATE TABLE ${table} (x); SAVEPOINT sluice_reading; ALTER TABLE ${table} ADD COLUMN y`);
        this.#engine.exec('ROLLBACK TO sluice_reading');
        this.drop('*');
        this.#engine.exec(`DROP TABLE ${table}`);
      } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        this.#engine.exec('ROLLBACK TO sluice_orphans');
      }
      this.#engine.exec('RELEASE sluice_orphans');
    }
  }

  #knowsAngles(): boolean {
    const find = this.#engine.prepare("SELECT 1 FROM pragma_function_list WHERE name = 'atan2'", []);
    const isKnown = find.all([]).length > 0;
    find.finalize();
    return isKnown;
  }
}
