/** Notes that are kept in this browser: what is typed picks a live query, and the page shows what it gives. */
import { fromEvent, map, startWith } from 'rxjs';
import { spawn, sql } from 'sluice';
import { watch } from 'sluice/streams';

const server = spawn(() => new Worker(new URL('./db.worker.ts', import.meta.url), { type: 'module' }), {
  name: 'notes',
  restart: true,
});
const db = server.connect();

const form = document.querySelector('form')!;
const search = document.querySelector<HTMLInputElement>('input[type=search]')!;
const list = document.querySelector('ul')!;
const state = document.querySelector('output')!;

fromEvent(search, 'input')
  .pipe(
    map(() => search.value.trim()),
    startWith(''),
    watch(
      db,
      (words) => sql<{ id: number; words: string }>`
        SELECT id, words FROM note WHERE instr(lower(words), lower(${words})) ORDER BY id DESC LIMIT 200`,
    ),
  )
  .subscribe((notes) => list.replaceChildren(...notes.map(({ id, words }) => item(id, words))));

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const words = String(new FormData(form).get('words')).trim();
  form.reset();
  if (words !== '') db.execute(sql`INSERT INTO note (words) VALUES (${words})`).subscribe();
});

server.state.subscribe((present) => {
  state.value = present;
});

function item(id: number, words: string): HTMLLIElement {
  const remove = Object.assign(document.createElement('button'), { textContent: 'Done', title: `Remove “${words}”` });
  remove.addEventListener('click', () => db.execute(sql`DELETE FROM note WHERE id = ${id}`).subscribe());
  const note = document.createElement('li');
  note.append(words, remove);
  return note;
}
