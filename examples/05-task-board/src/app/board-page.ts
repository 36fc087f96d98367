/** The board, once its database is open: header, lists, status, and the keys that work everywhere. */
import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { toObservable, toSignal } from '@angular/core/rxjs-interop';
import { switchMap } from 'rxjs';
import { Board, type Card } from '../data/board';
import { Drag } from './drag';
import { HistoryButtons } from './history-buttons';
import { SearchBar } from './search-bar';
import { Shortcuts } from './shortcuts';
import { StatusBar } from './status-bar';
import { TaskCard } from './task-card';
import { TaskEditor } from './task-editor';
import { TaskList } from './task-list';
import { View } from './view';

@Component({
  selector: 'app-board-page',
  imports: [HistoryButtons, SearchBar, Shortcuts, StatusBar, TaskCard, TaskEditor, TaskList],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './board-page.html',
  styleUrl: './board-page.css',
  host: { '(document:keydown)': 'pressed($event)' },
})
export class BoardPage {
  readonly #board = inject(Board);
  protected readonly view = inject(View);
  protected readonly drag = inject(Drag);

  protected readonly lists = toSignal(
    toObservable(this.view.filter).pipe(switchMap((filter) => this.#board.lists(filter))),
  );
  protected readonly isEmpty = toSignal(this.#board.isEmpty());

  protected addMany(): void {
    this.#board.addMany(10_000).subscribe(() => this.view.notice.set('Added 10,000 tasks'));
  }

  protected sideways(from: number, { by, index, card }: { by: -1 | 1; index: number; card: Card | undefined }): void {
    const lists = this.lists() ?? [];
    const to = lists[lists.findIndex(({ id }) => id === from) + by];
    if (to === undefined) return;
    if (card === undefined) {
      this.view.focus.set({ list: to.id, index });
      return;
    }
    this.#board.move(card, to.id).subscribe(() => {
      this.view.notice.set(`“${card.title}” is at the top of ${to.name}`);
      this.view.focus.set({ list: to.id, index: 0 });
    });
  }

  protected pressed(event: KeyboardEvent): void {
    const { key, target } = event;
    const isTyping = (target as Element).closest('input, textarea, select, dialog') !== null;
    if (isTyping || event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      if (key.toLowerCase() !== 'z') return;
      (event.shiftKey ? this.#board.redo() : this.#board.undo()).subscribe();
    } else if (key === 'n') this.view.edited.set({ list: this.lists()?.[0]?.id ?? 1 });
    else if (key === '/') document.querySelector<HTMLElement>('input[type=search]')?.focus();
    else if (key === '?') this.view.isHelpOpen.set(true);
    else if (key === 'z') this.#board.undo().subscribe();
    else if (key === 'Z') this.#board.redo().subscribe();
    else if (key.startsWith('Arrow') && (target === document.body || (target as Element).matches('.scroller')))
      this.view.focus.set({ list: this.lists()?.[0]?.id ?? 1, index: 0 });
    else return;
    event.preventDefault();
  }
}
