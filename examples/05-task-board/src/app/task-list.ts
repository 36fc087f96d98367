/** A list of the board: shows of its tasks those that are in sight, and moves them by key. */
import {
  afterRenderEffect,
  ChangeDetectionStrategy,
  Component,
  computed,
  DestroyRef,
  type ElementRef,
  inject,
  input,
  output,
  signal,
  viewChild,
} from '@angular/core';
import { toObservable, toSignal } from '@angular/core/rxjs-interop';
import { map, switchMap, take } from 'rxjs';
import { Board, type Card, type List, type Span } from '../data/board';
import { Drag } from './drag';
import { cardAbove, type Hole, placed, spanInSight, stepPx } from './layout';
import { TaskCard } from './task-card';
import { View } from './view';

const nothing: Span = { first: 0, cards: [] };

@Component({
  selector: 'app-task-list',
  imports: [TaskCard],
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './task-list.html',
  styleUrl: './task-list.css',
  host: { '(window:resize)': 'scrolled()' },
})
export class TaskList {
  readonly list = input.required<List>();
  /** The keys ← and → on a card, which goes along with Alt. */
  readonly sideways = output<{ readonly by: -1 | 1; readonly index: number; readonly card: Card | undefined }>();

  readonly #board = inject(Board);
  readonly #drag = inject(Drag);
  protected readonly view = inject(View);
  private readonly scroller = viewChild.required<ElementRef<HTMLElement>>('scroller');
  readonly #scrolledPx = signal(0);
  readonly #heightPx = signal(window.innerHeight);
  readonly #lastFocused = signal(0);

  readonly #listId = computed(() => this.list().id);
  readonly #inSight = computed(() => spanInSight(this.#scrolledPx(), this.#heightPx()), {
    equal: (one, other) => one.first === other.first && one.count === other.count,
  });
  readonly #asked = computed(() => ({
    list: this.#listId(),
    filter: this.view.filter(),
    ...this.#inSight(),
  }));
  readonly #span$ = toObservable(this.#asked).pipe(
    switchMap(({ list, filter, first, count }) => this.#board.span(list, filter, first, count)),
  );
  readonly #span = toSignal(this.#span$, { initialValue: nothing });
  /** Looked for once the list shows what was written before: no `watch` is behind a write that is done. */
  readonly #wanted = toSignal(
    toObservable(this.view.focus).pipe(
      switchMap((place) =>
        this.#span$.pipe(
          take(1),
          map(() => place),
        ),
      ),
    ),
  );

  readonly #hole = computed<Hole>(() => {
    const [from, over] = [this.#drag.from(), this.#drag.over()];
    const { first, cards } = this.#span();
    const i = cards.findIndex(({ id }) => id === from?.card.id);
    const lifted = from?.list !== this.#listId() ? undefined : i < 0 ? from.index : first + i;
    return { lifted, gap: over?.list === this.#listId() ? over.index : undefined };
  });
  protected readonly lifted = computed(() => this.#drag.from()?.card.id);
  protected readonly cards = computed(() => placed(this.#span(), this.#hole()));
  protected readonly tabStop = computed(() => {
    const { first, cards } = this.#span();
    return Math.min(Math.max(this.#lastFocused(), first), first + cards.length - 1);
  });
  protected readonly heightPx = computed(() => (this.list().size + (this.#hole().gap === undefined ? 0 : 1)) * stepPx);
  protected readonly gapPx = computed(() => (this.#hole().gap ?? -1) * stepPx);

  constructor() {
    afterRenderEffect(() => this.#focusWhereWanted());
    const leave = this.#drag.addTarget({
      list: () => this.#listId(),
      bounds: () => this.scroller().nativeElement.getBoundingClientRect(),
      indexAt: (yPx) => this.#indexAt(yPx),
      cardAbove: (index) => cardAbove(this.#span(), this.#hole(), index),
      current: () => this.#span$.pipe(take(1)),
      scrollBy: (px) => this.scroller().nativeElement.scrollBy(0, px),
    });
    inject(DestroyRef).onDestroy(leave);
  }

  protected scrolled(): void {
    const { scrollTop, clientHeight } = this.scroller().nativeElement;
    this.#scrolledPx.set(scrollTop);
    this.#heightPx.set(clientHeight);
  }

  protected grab(event: PointerEvent, card: Card, index: number): void {
    this.#drag.begin(event, { card, list: this.#listId(), index });
  }

  protected open({ id }: Card): void {
    this.view.edited.set({ id, list: this.#listId() });
  }

  protected focused(index: number): void {
    this.#lastFocused.set(index);
  }

  protected pressed(event: KeyboardEvent, card: Card, index: number): void {
    const along = event.altKey ? card : undefined;
    switch (event.key) {
      case 'ArrowUp':
      case 'ArrowDown':
        this.#goTo(index + (event.key === 'ArrowUp' ? -1 : 1), along, index);
        break;
      case 'Home':
      case 'End':
        this.#goTo(event.key === 'Home' ? 0 : this.list().size - 1, undefined, index);
        break;
      case 'ArrowLeft':
      case 'ArrowRight':
        this.sideways.emit({ by: event.key === 'ArrowLeft' ? -1 : 1, index, card: along });
        break;
      case 'Delete':
      case 'Backspace':
        this.#board.remove(card).subscribe(() => {
          this.view.notice.set(`Deleted “${card.title}”`);
          this.#focus(index);
        });
        break;
      default:
        return;
    }
    event.preventDefault();
  }

  /** Goes to another card, or takes one along to its place. */
  #goTo(index: number, along: Card | undefined, from: number): void {
    if (index < 0 || index >= this.list().size) return;
    if (along === undefined) {
      this.#focus(index);
      return;
    }
    const { first, cards } = this.#span();
    const above = cards[(index > from ? index : index - 1) - first];
    this.#board.move(along, this.#listId(), above?.id).subscribe(() => {
      this.view.notice.set(`“${along.title}” is number ${index + 1} of ${this.list().size} in ${this.list().name}`);
      this.#focus(index);
    });
  }

  #focus(index: number): void {
    this.view.focus.set({ list: this.#listId(), index });
  }

  #focusWhereWanted(): void {
    const wanted = this.#wanted();
    if (wanted?.list !== this.#listId() || wanted !== this.view.focus()) return;
    const index = Math.min(wanted.index, this.list().size - 1);
    const scroller = this.scroller().nativeElement;
    const topPx = index * stepPx;
    if (topPx < scroller.scrollTop) scroller.scrollTop = topPx;
    else if (topPx + stepPx > scroller.scrollTop + scroller.clientHeight)
      scroller.scrollTop = topPx + stepPx - scroller.clientHeight;
    const isThere = this.cards().some((shown) => shown.index === index);
    if (!isThere && index >= 0) return;
    this.view.focus.set(undefined);
    scroller.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    scroller.querySelector<HTMLElement>(`[data-index="${index}"]`)?.focus({ preventScroll: true });
  }

  #indexAt(yPx: number): number {
    const scroller = this.scroller().nativeElement;
    const others = this.list().size - (this.#hole().lifted === undefined ? 0 : 1);
    const fromTopPx = yPx - scroller.getBoundingClientRect().top + scroller.scrollTop;
    return Math.min(Math.max(Math.round(fromTopPx / stepPx), 0), others);
  }
}
