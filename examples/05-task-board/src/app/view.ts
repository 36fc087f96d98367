/** What this tab shows of the board: the filter, what is edited, and where the focus is wanted. None of it is data. */
import { computed, Injectable, signal } from '@angular/core';
import type { Filter } from '../data/filter';

/** A place of a card: the list, and how many are above it. */
export interface Place {
  readonly list: number;
  readonly index: number;
}

/** A task to edit, or, without an id, one to add to a list. */
export interface Edited {
  readonly id?: number;
  readonly list: number;
}

const soonDays = 7;

@Injectable({ providedIn: 'root' })
export class View {
  readonly words = signal('');
  readonly labels = signal<readonly string[]>([]);
  readonly isDueSoon = signal(false);
  readonly filter = computed<Filter>(() => ({
    words: this.words(),
    labels: this.labels(),
    dueBy: this.isDueSoon() ? dayIn(soonDays) : undefined,
  }));

  readonly edited = signal<Edited | undefined>(undefined);
  readonly isHelpOpen = signal(false);
  /** The card that is to have the focus as soon as it is there. */
  readonly focus = signal<Place | undefined>(undefined);
  /** What happened last, for the eye and for screen readers. */
  readonly notice = signal('');

  toggleLabel(label: string): void {
    this.labels.update((labels) =>
      labels.includes(label) ? labels.filter((other) => other !== label) : [...labels, label],
    );
  }

  showEverything(): void {
    this.words.set('');
    this.labels.set([]);
    this.isDueSoon.set(false);
  }
}

function dayIn(days: number): string {
  const date = new Date();
  date.setDate(date.getDate() + days);
  return date.toLocaleDateString('sv');
}
