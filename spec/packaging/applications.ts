/** Small applications, as a reader of the README would write them. */

/** Follows a query, writes, and sees an error's class, through everything that a tool does to names. Shows it as JSON. */
const use = `
const db = server.connect();
const titles$ = db.watch('SELECT title FROM todo ORDER BY id');
const seen = firstValueFrom(titles$.pipe(filter((rows) => rows.length === 1)));
await lastValueFrom(db.execute('INSERT INTO todo (title) VALUES (?)', ['größe 😀']));
const rows = await seen;
const error = await lastValueFrom(db.execute('INSERT INTO todo (id) VALUES (1)')).catch((error) => error);
const isConstraint = error instanceof ConstraintError && error instanceof SluiceError;
const { clients } = await lastValueFrom(server.inspect());
await lastValueFrom(server.shutdown(), { defaultValue: undefined });
document.body.textContent = JSON.stringify({ rows, isConstraint, kind: error.kind, clients: clients.length });
`;

const imports = `import { spawn, ConstraintError, SluiceError } from 'sluice';
import { filter, firstValueFrom, lastValueFrom } from 'rxjs';
`;

/** What every one of them shows. */
export const shown = { rows: [{ title: 'größe 😀' }], isConstraint: true, kind: 'primary key', clients: 1 };

const migrations = `{ migrations: ['CREATE TABLE todo (id INTEGER PRIMARY KEY, title TEXT)'] }`;

/** A page and its worker file, whose two names come from these modules; the tool reads files of that ending. */
export function application(
  serveFrom: string,
  { engineFrom = serveFrom, ending = 'js' }: { readonly engineFrom?: string; readonly ending?: 'js' | 'ts' } = {},
): Record<string, string> {
  const names =
    serveFrom === engineFrom
      ? `import { serve, sqliteWasm } from '${serveFrom}';`
      : `import { serve } from '${serveFrom}';\nimport { sqliteWasm } from '${engineFrom}';`;
  return {
    'index.html': page(`<script type="module" src="./main.${ending}"></script>`),
    [`main.${ending}`]: main('./db.worker'),
    [`db.worker.${ending}`]: `${names}
serve(sqliteWasm({ name: 'todos' }), ${migrations});
`,
  };
}

function main(workerFile: string): string {
  return `${imports}
const server = spawn(() => new Worker(new URL('${workerFile}', import.meta.url), { type: 'module' }), { name: 'todos' });
${use}`;
}

/** Without a tool: the browser finds the modules by a map, and the worker by the address of its file. */
export const plainApplication = {
  'index.html': page(`<script type="importmap">
  { "imports": { "sluice": "./node_modules/sluice/dist/lib/index.js", "rxjs": "./rxjs.js" } }
</script>
<script type="module" src="./main.js"></script>`),
  'main.js': `${imports}
const server = spawn(new URL('./node_modules/sluice/dist/worker.js?serve=todos', location.href));
await lastValueFrom(server.connect().executeScript('CREATE TABLE todo (id INTEGER PRIMARY KEY, title TEXT)'));
${use.replace('clients: clients.length', 'clients: clients.length - 1')}`,
};

/** The same with a worker file of one's own. */
export const plainApplicationWithWorker = {
  'index.html': plainApplication['index.html'],
  'main.js': main('./db.worker.js'),
  'db.worker.js': application('./node_modules/sluice/dist/worker-inline.js')['db.worker.js']!,
};

function page(body: string): string {
  return `<!doctype html><html><head><meta charset="utf-8"><title>todos</title></head><body>${body}</body></html>`;
}
