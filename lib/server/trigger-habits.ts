/** What the triggers of a schema may do that keeps others from telling which rows change. */
import { mentionsReplace } from './sql-text.ts';

export class TriggerHabits {
  readonly #all: string[] = [];
  /** One resolves conflicts by REPLACE, which deletes rows without firing a trigger. */
  replace = false;
  /** One writes before the row that fired it is written: the values that others see as its old ones may be gone. */
  writeBefore = false;
  /** A TEMP one may end the programs of the others by RAISE. */
  temporaryRaise = false;

  add(database: string, sql: string): void {
    this.#all.push(sql);
    this.replace ||= mentionsReplace(sql);
    this.temporaryRaise ||= database === 'temp' && /\braise\b/i.test(sql);
    this.writeBefore = changeBefore(this.#all);
  }
}

/** Whether the values that a row had may be gone when others see them: a trigger of these changes it before its own change. */
function changeBefore(triggers: readonly string[]): boolean {
  const changes = (trigger: string): boolean => /\b(update|delete|replace)\b/i.test(bodyOf(trigger));
  const isEarly = (trigger: string): boolean => {
    const head = trigger.slice(0, trigger.length - bodyOf(trigger).length);
    // BEFORE is what a trigger is that does not say when. https://sqlite.org/lang_createtrigger.html
    return /\b(update|delete)\b/i.test(head) && !/\b(after|instead\s+of)\s+(update|delete)\b/i.test(head);
  };
  // What a trigger inserts, another may change.
  return (
    triggers.some((trigger) => isEarly(trigger) && (changes(trigger) || /\binsert\b/i.test(bodyOf(trigger)))) &&
    triggers.some(changes)
  );
}

function bodyOf(trigger: string): string {
  return /\bbegin\b.*$/is.exec(trigger)?.[0] ?? '';
}
