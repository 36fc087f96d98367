/** What starts: the board as soon as its database is open, or else what is in the way. */
import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { catchError, map, of } from 'rxjs';
import { Board } from '../data/board';
import { BoardPage } from './board-page';

@Component({
  selector: 'app-root',
  imports: [BoardPage],
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    @if (opened(); as opened) {
      @if (opened.failure; as failure) {
        <main>
          <h1>The board cannot be opened</h1>
          <p>{{ failure.message }}</p>
        </main>
      } @else {
        <app-board-page />
      }
    }
  `,
  styles: `
    main {
      display: grid;
      gap: 0.6rem;
      place-content: center;
      height: 90dvh;
      padding: 24px;
      text-align: center;
    }
    h1 {
      font-size: 1.5rem;
      font-weight: 600;
      letter-spacing: -0.02em;
    }
    p {
      max-width: 36rem;
      color: var(--faint);
      text-wrap: balance;
    }
  `,
})
export class App {
  protected readonly opened = toSignal(
    inject(Board)
      .open()
      .pipe(
        map(() => ({ failure: undefined })),
        catchError((failure: Error) => of({ failure })),
      ),
  );
}
