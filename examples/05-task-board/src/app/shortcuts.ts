/** The list of keys. */
import { ChangeDetectionStrategy, Component, type ElementRef, effect, inject, viewChild } from '@angular/core';
import { View } from './view';

const shortcuts: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['N'], 'New task'],
  [['/'], 'Search'],
  [['Esc'], 'Leave the search, put a dragged card back'],
  [['↑', '↓', '←', '→'], 'From card to card'],
  [['Enter'], 'Open the card'],
  [['Alt', '↑ ↓'], 'Move the card up or down'],
  [['Alt', '← →'], 'Move the card to the next list'],
  [['Del'], 'Delete the card'],
  [['Z'], 'Undo'],
  [['⇧', 'Z'], 'Redo'],
  [['?'], 'These keys'],
];

@Component({
  selector: 'app-shortcuts',
  changeDetection: ChangeDetectionStrategy.OnPush,
  template: `
    <dialog #dialog aria-labelledby="keys-title" closedby="any" (close)="view.isHelpOpen.set(false)">
      <h2 id="keys-title">Keys</h2>
      <dl>
        @for (shortcut of shortcuts; track shortcut) {
          <dt>
            @for (key of shortcut[0]; track key) {
              <kbd>{{ key }}</kbd>
            }
          </dt>
          <dd>{{ shortcut[1] }}</dd>
        }
      </dl>
      <form method="dialog"><button class="outlined">Close</button></form>
    </dialog>
  `,
  styles: `
    dl {
      display: grid;
      grid-template-columns: auto 1fr;
      gap: 9px 22px;
      align-items: center;
      margin: 1.1rem 0 1.3rem;
    }
    dt {
      display: flex;
      gap: 4px;
    }
    form {
      text-align: right;
    }
  `,
})
export class Shortcuts {
  protected readonly view = inject(View);
  protected readonly shortcuts = shortcuts;
  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>('dialog');

  constructor() {
    effect(() => {
      if (this.view.isHelpOpen()) this.dialog().nativeElement.showModal();
    });
  }
}
