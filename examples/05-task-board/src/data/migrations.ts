/** The schema of the board, step by step. A step that has been published is never changed: a new one is added. */

const board = `
  CREATE TABLE list (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
  INSERT INTO list (name) VALUES ('Backlog'), ('Next'), ('Doing'), ('Review'), ('Done');

  CREATE TABLE task (
    id INTEGER PRIMARY KEY,
    list INTEGER NOT NULL REFERENCES list,
    position TEXT NOT NULL,
    title TEXT NOT NULL CHECK (title <> ''),
    notes TEXT NOT NULL DEFAULT '',
    label TEXT NOT NULL DEFAULT '',
    due TEXT
  );
  CREATE INDEX task_in_order ON task (list, position);`;

// The words of all tasks. The index has no copy of them: it looks into the table, and triggers keep the two together.
const search = `
  CREATE VIRTUAL TABLE task_search USING fts5 (title, notes, content = 'task', content_rowid = 'id', prefix = '2 3');

  CREATE TRIGGER task_words_added AFTER INSERT ON task BEGIN
    INSERT INTO task_search (rowid, title, notes) VALUES (new.id, new.title, new.notes);
  END;
  CREATE TRIGGER task_words_removed AFTER DELETE ON task BEGIN
    INSERT INTO task_search (task_search, rowid, title, notes) VALUES ('delete', old.id, old.title, old.notes);
  END;
  CREATE TRIGGER task_words_changed AFTER UPDATE OF title, notes ON task BEGIN
    INSERT INTO task_search (task_search, rowid, title, notes) VALUES ('delete', old.id, old.title, old.notes);
    INSERT INTO task_search (rowid, title, notes) VALUES (new.id, new.title, new.notes);
  END;`;

// A step is what the user did; a change is what a task was before it, and what it became: NULL where there was none.
// Setting `undone` puts the tasks back, or forward again, and what that writes is itself no change.
const history = `
  CREATE TABLE step (id INTEGER PRIMARY KEY, name TEXT NOT NULL, undone INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE change (
    step INTEGER NOT NULL REFERENCES step ON DELETE CASCADE,
    task INTEGER NOT NULL,
    was TEXT,
    became TEXT,
    PRIMARY KEY (step, task)
  ) WITHOUT ROWID;
  CREATE TABLE replay (step INTEGER);

  CREATE TRIGGER step_forgets AFTER INSERT ON step BEGIN
    DELETE FROM step WHERE undone OR id <= new.id - 100;
  END;

  ${recording('INSERT', { became: 'new' })}
  ${recording('UPDATE', { was: 'old', became: 'new' })}
  ${recording('DELETE', { was: 'old' })}

  CREATE TRIGGER step_replays AFTER UPDATE OF undone ON step WHEN new.undone <> old.undone BEGIN
    INSERT INTO replay VALUES (new.id);
    DELETE FROM task WHERE id IN (
      SELECT task FROM change WHERE step = new.id AND iif(new.undone, was, became) IS NULL
    );
    INSERT INTO task (id, list, position, title, notes, label, due)
      SELECT task, image ->> 'list', image ->> 'position', image ->> 'title', image ->> 'notes', image ->> 'label',
        image ->> 'due'
      FROM (SELECT task, iif(new.undone, was, became) AS image FROM change WHERE step = new.id)
      WHERE image IS NOT NULL
      ON CONFLICT (id) DO UPDATE SET list = excluded.list, position = excluded.position, title = excluded.title,
        notes = excluded.notes, label = excluded.label, due = excluded.due;
    DELETE FROM replay;
  END;`;

/** The trigger that keeps what an event does to a task. */
function recording(event: string, { was, became }: { readonly was?: 'old'; readonly became?: 'new' }): string {
  const image = (row?: string): string =>
    row === undefined
      ? 'NULL'
      : `json_object('list', ${row}.list, 'position', ${row}.position, 'title', ${row}.title, 'notes', ${row}.notes,
          'label', ${row}.label, 'due', ${row}.due)`;
  return `
  CREATE TRIGGER task_${event.toLowerCase()}_recorded AFTER ${event} ON task WHEN NOT EXISTS (SELECT 1 FROM replay) BEGIN
    INSERT INTO change (step, task, was, became)
      VALUES ((SELECT max(id) FROM step), ${became ?? was}.id, ${image(was)}, ${image(became)})
      ON CONFLICT (step, task) DO UPDATE SET became = excluded.became;
  END;`;
}

export const migrations = [board, search, history];
