/** A task, as a card shows it. */
import { ChangeDetectionStrategy, Component, computed, input } from '@angular/core';
import type { Card } from '../data/board';

const dayMs = 86_400_000;
const dayOfMonth = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', timeZone: 'UTC' });
const fromToday = new Intl.RelativeTimeFormat(undefined, { numeric: 'auto' });

@Component({
  selector: 'app-task-card',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <span class="title">{{ card().title }}</span>
    <span class="facts">
      @if (card().label) {
        <span class="label">{{ card().label }}</span>
      }
      @if (due(); as due) {
        <time [attr.datetime]="card().due" [class.late]="due.isLate">{{ due.text }}</time>
      }
      @if (card().hasNotes) {
        <svg role="img" aria-label="has notes" viewBox="0 0 16 16"><path d="M3 4.5h10M3 8h10M3 11.5h6" /></svg>
      }
    </span>
  `,
  styleUrl: './task-card.css',
})
export class TaskCard {
  readonly card = input.required<Card>();
  protected readonly due = computed(() => {
    const { due } = this.card();
    if (due === null) return undefined;
    const days = Math.round((Date.parse(due) - Date.parse(new Date().toLocaleDateString('sv'))) / dayMs);
    return {
      text: Math.abs(days) < 7 ? fromToday.format(days, 'day') : dayOfMonth.format(Date.parse(due)),
      isLate: days < 0,
    };
  });
}
