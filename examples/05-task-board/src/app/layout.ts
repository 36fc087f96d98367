/** Where the cards of a list lie, of which only a span is there, while one may be on its way out of it or into it. */
import type { Card, Span } from '../data/board';

/** A card and the space below it. */
export const stepPx = 88;

/** Cards are asked for in pages, so that not every scrolled pixel asks for others. */
const page = 6;

/** What a dragged card does to a list: `lifted` is where it was in it, `gap` where it would lie, counted without itself. */
export interface Hole {
  readonly lifted: number | undefined;
  readonly gap: number | undefined;
}

export interface PlacedCard {
  readonly card: Card;
  readonly index: number;
  readonly topPx: number;
}

/** What to ask for: a page more than is in sight, above and below. */
export function spanInSight(scrolledPx: number, heightPx: number): { readonly first: number; readonly count: number } {
  const first = Math.max(0, Math.floor(scrolledPx / stepPx / page) - 1) * page;
  return { first, count: Math.ceil(heightPx / stepPx / page + 2) * page };
}

export function placed({ first, cards }: Span, { lifted = Infinity, gap = Infinity }: Hole): readonly PlacedCard[] {
  return cards.map((card, i) => {
    const index = first + i;
    const others = index > lifted ? index - 1 : index;
    return { card, index, topPx: (others >= gap ? others + 1 : others) * stepPx };
  });
}

/** The card that would lie above one that is dropped at this index, counted without the dropped one. */
export function cardAbove({ first, cards }: Span, { lifted = Infinity }: Hole, index: number): Card | undefined {
  const above = index - 1;
  return cards[(above >= lifted ? above + 1 : above) - first];
}
