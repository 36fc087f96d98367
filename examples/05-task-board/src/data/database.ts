/** The database, as every part of the application injects it. */
import { InjectionToken, inject } from '@angular/core';
import { type Database as Connection, type Server, spawn } from 'sluice';

/** One for all tabs, by its name: the first tab runs the worker, and when it is closed, another one does. */
export const SERVER = new InjectionToken<Server>('server', {
  providedIn: 'root',
  factory: () =>
    spawn(() => new Worker(new URL('./db.worker', import.meta.url), { type: 'module' }), { name: 'task-board' }),
});

export const DATABASE = new InjectionToken<Connection>('database', {
  providedIn: 'root',
  factory: () => inject(SERVER).connect(),
});
