/** Dragging a card by mouse, pen or finger: what is held, where it is, and where it would be dropped. */
import { Injectable, inject, signal } from '@angular/core';
import { animationFrames, finalize, fromEvent, merge, type Observable, switchMap, take, takeUntil, timer } from 'rxjs';
import { Board, type Card } from '../data/board';
import { type Place, View } from './view';

/** A list, as far as a dragged card is concerned. An index counts the cards above, without the dragged one. */
export interface Target {
  list(): number;
  bounds(): DOMRect;
  indexAt(yPx: number): number;
  cardAbove(index: number): Card | undefined;
  /** Emits when the list shows all that has been written so far. */
  current(): Observable<unknown>;
  scrollBy(px: number): void;
}

interface Held extends Place {
  readonly card: Card;
}

/** A mouse has to go this far, and a finger to stay for this long, before a press is a drag. */
const slackPx = 5;
const touchMs = 300;
/** Near an edge a list scrolls, the faster the nearer. */
const edgePx = 70;

@Injectable({ providedIn: 'root' })
export class Drag {
  readonly #board = inject(Board);
  readonly #view = inject(View);
  readonly #targets = new Set<Target>();
  readonly #from = signal<Held | undefined>(undefined);
  readonly #over = signal<Place | undefined>(undefined);
  readonly #ghost = signal({ leftPx: 0, topPx: 0, widthPx: 0 });

  readonly from = this.#from.asReadonly();
  readonly over = this.#over.asReadonly();
  readonly ghost = this.#ghost.asReadonly();

  addTarget(target: Target): () => void {
    this.#targets.add(target);
    return () => this.#targets.delete(target);
  }

  /** Takes up a press on a card, which may become a drag. */
  begin(press: PointerEvent, held: Held): void {
    if (press.button !== 0 || this.#from()) return;
    const card = (press.currentTarget as Element).getBoundingClientRect();
    const end$ = merge(
      fromEvent(document, 'pointerup'),
      fromEvent(document, 'pointercancel'),
      fromEvent<KeyboardEvent>(document, 'keydown'),
    ).pipe(take(1));
    let last = press;
    const lift = (): void => {
      this.#from.set(held);
      this.#follow(animationFrames().pipe(takeUntil(end$)), () => ({
        leftPx: card.left + last.clientX - press.clientX,
        topPx: card.top + last.clientY - press.clientY,
        widthPx: card.width,
      }));
    };
    const isTouch = press.pointerType === 'touch';
    const wait = isTouch ? timer(touchMs).pipe(takeUntil(end$)).subscribe(lift) : undefined;
    fromEvent<PointerEvent>(document, 'pointermove')
      .pipe(takeUntil(end$))
      .subscribe((move) => {
        last = move;
        if (this.#from() || Math.hypot(move.clientX - press.clientX, move.clientY - press.clientY) < slackPx) return;
        if (isTouch) wait?.unsubscribe();
        else lift();
      });
    // A finger that drags does not scroll.
    fromEvent<Event>(document, 'touchmove', { passive: false })
      .pipe(takeUntil(end$))
      .subscribe((move) => this.#from() && move.preventDefault());
    end$.subscribe(({ type }) => this.#from() && this.#end(type === 'pointerup'));
  }

  /** In each frame, as lists may scroll under a pointer that rests. */
  #follow(frames$: Observable<unknown>, ghost: () => { leftPx: number; topPx: number; widthPx: number }): void {
    frames$.subscribe(() => {
      const { leftPx, topPx, widthPx } = ghost();
      this.#ghost.set({ leftPx, topPx, widthPx });
      const centrePx = leftPx + widthPx / 2;
      const target = [...this.#targets].find((one) => {
        const { left, right } = one.bounds();
        return left <= centrePx && centrePx < right;
      });
      if (target === undefined) {
        this.#over.set(undefined);
        return;
      }
      const { top, bottom } = target.bounds();
      target.scrollBy(-Math.max(0, top + edgePx / 2 - topPx) / 4 + Math.max(0, topPx + edgePx * 2 - bottom) / 4);
      const place = { list: target.list(), index: target.indexAt(topPx) };
      const { list, index } = this.#over() ?? {};
      if (place.list !== list || place.index !== index) this.#over.set(place);
    });
  }

  #end(isDropped: boolean): void {
    const [from, over] = [this.#from(), this.#over()];
    const target = [...this.#targets].find((one) => one.list() === over?.list);
    const rest = (): void => {
      this.#from.set(undefined);
      this.#over.set(undefined);
    };
    if (!isDropped || !from || !over || !target || (from.list === over.list && from.index === over.index)) {
      rest();
      return;
    }
    // The card stays up until the list has it in its place.
    const move$ = this.#board.move(from.card, over.list, target.cardAbove(over.index)?.id);
    move$
      .pipe(
        switchMap(() => target.current()),
        finalize(rest),
      )
      .subscribe(() => this.#view.notice.set(`Moved “${from.card.title}”`));
  }
}
