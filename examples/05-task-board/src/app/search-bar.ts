/** The filter: words, labels, and what is due soon. */
import { ChangeDetectionStrategy, Component, inject } from '@angular/core';
import { isEverything, labels } from '../data/filter';
import { View } from './view';

@Component({
  selector: 'app-search-bar',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <search>
      <input
        #words
        type="search"
        placeholder="Search"
        aria-label="Search"
        aria-keyshortcuts="/"
        autocomplete="off"
        [value]="view.words()"
        (input)="view.words.set(words.value)"
        (keydown.escape)="view.words.set(''); words.blur()"
      />
      <span class="chips" role="group" aria-label="Show only">
        @for (label of labels; track label) {
          <button type="button" [attr.aria-pressed]="view.labels().includes(label)" (click)="view.toggleLabel(label)">
            {{ label }}
          </button>
        }
        <button type="button" [attr.aria-pressed]="view.isDueSoon()" (click)="view.isDueSoon.set(!view.isDueSoon())">
          Due soon
        </button>
        @if (!isEverything(view.filter())) {
          <button type="button" class="all" (click)="view.showEverything()">Show all</button>
        }
      </span>
    </search>
  `,
  styleUrl: './search-bar.css',
})
export class SearchBar {
  protected readonly view = inject(View);
  protected readonly labels = labels;
  protected readonly isEverything = isEverything;
}
