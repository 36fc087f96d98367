/** Undo and redo, of whatever was done last in any tab. */
import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { Board } from '../data/board';

@Component({
  selector: 'app-history-buttons',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @let next = history();
    <button
      type="button"
      aria-label="Undo"
      aria-keyshortcuts="z"
      [title]="next?.undo ? 'Undo: ' + next?.undo : 'Nothing to undo'"
      [disabled]="!next?.undo"
      (click)="board.undo().subscribe()"
    >
      <svg viewBox="0 0 16 16"><path d="M6.5 3.5 3 7l3.5 3.5M3 7h6.5a3.25 3.25 0 0 1 0 6.5H8" /></svg>
    </button>
    <button
      type="button"
      aria-label="Redo"
      aria-keyshortcuts="Shift+z"
      [title]="next?.redo ? 'Redo: ' + next?.redo : 'Nothing to redo'"
      [disabled]="!next?.redo"
      (click)="board.redo().subscribe()"
    >
      <svg viewBox="0 0 16 16"><path d="M9.5 3.5 13 7l-3.5 3.5M13 7H6.5a3.25 3.25 0 0 0 0 6.5H8" /></svg>
    </button>
  `,
  styles: `
    :host {
      display: flex;
    }
    button {
      padding: 7px;
    }
    svg {
      width: 18px;
      height: 18px;
      fill: none;
      stroke: currentColor;
      stroke-width: 1.4;
      stroke-linecap: round;
      stroke-linejoin: round;
    }
  `,
})
export class HistoryButtons {
  protected readonly board = inject(Board);
  protected readonly history = toSignal(this.board.history());
}
