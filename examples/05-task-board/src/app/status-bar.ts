/** What goes on behind the board: who has the database, whether there is a network, how much is kept. */
import { ChangeDetectionStrategy, Component, computed, inject } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { catchError, EMPTY, fromEvent, map, merge, startWith } from 'rxjs';
import { type ServerState, storageUse } from 'sluice';
import { Board } from '../data/board';
import { SERVER } from '../data/database';
import { View } from './view';

const words: Readonly<Record<ServerState, string>> = {
  starting: 'Opening…',
  open: 'Another tab has the database',
  temporary: 'Kept in memory only',
  restarting: 'The next tab takes over…',
  closed: 'The database is closed',
};

@Component({
  selector: 'app-status-bar',
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './status-bar.html',
  styleUrl: './status-bar.css',
})
export class StatusBar {
  readonly #board = inject(Board);
  readonly #server = inject(SERVER);
  protected readonly view = inject(View);
  protected readonly state = toSignal(this.#server.state, { initialValue: 'starting' });
  protected readonly leads = toSignal(this.#server.leads);
  protected readonly holder = computed(() =>
    this.state() === 'open' && this.leads() ? 'This tab has the database' : words[this.state()],
  );
  protected readonly isOnline = toSignal(
    merge(fromEvent(window, 'online'), fromEvent(window, 'offline')).pipe(
      startWith(undefined),
      map(() => navigator.onLine),
    ),
  );
  protected readonly keptMb = toSignal(
    storageUse().pipe(
      map(({ usedBytes }) => (usedBytes / 1e6).toFixed(1)),
      catchError(() => EMPTY),
    ),
  );

  protected addMany(): void {
    this.#board.addMany(10_000).subscribe(() => this.view.notice.set('Added 10,000 tasks'));
  }

  protected clear(): void {
    this.#board.clear().subscribe(() => this.view.notice.set('Cleared the board'));
  }
}
