/** The dialog in which a task is added or changed. */
import {
  afterRenderEffect,
  ChangeDetectionStrategy,
  Component,
  type ElementRef,
  inject,
  input,
  viewChild,
} from '@angular/core';
import { toObservable, toSignal } from '@angular/core/rxjs-interop';
import { of, switchMap } from 'rxjs';
import { Board, type List, type Task } from '../data/board';
import { labels } from '../data/filter';
import { type Edited, View } from './view';

@Component({
  selector: 'app-task-editor',
  changeDetection: ChangeDetectionStrategy.OnPush,
  templateUrl: './task-editor.html',
  styleUrl: './task-editor.css',
})
export class TaskEditor {
  readonly lists = input.required<readonly List[]>();

  readonly #board = inject(Board);
  readonly #view = inject(View);
  private readonly dialog = viewChild.required<ElementRef<HTMLDialogElement>>('dialog');
  protected readonly labels = labels;
  protected readonly task = toSignal(
    toObservable(this.#view.edited).pipe(switchMap((edited) => (edited ? this.#taskOf(edited) : of(undefined)))),
  );

  constructor() {
    // Once the form is there, so that the dialog finds what is to have the focus.
    afterRenderEffect(() => {
      const dialog = this.dialog().nativeElement;
      if (this.task() === undefined) dialog.close();
      else if (!dialog.open) dialog.showModal();
    });
  }

  protected save(event: Event, { id }: Task): void {
    event.preventDefault();
    const form = new FormData(event.target as HTMLFormElement);
    const text = (name: string): string => String(form.get(name) ?? '').trim();
    const task = { id, list: Number(form.get('list')), title: text('title'), notes: text('notes') };
    const facts = { label: text('label'), due: text('due') || null };
    if (task.title === '') return;
    const write = id === 0 ? this.#board.add({ ...task, ...facts }) : this.#board.change({ ...task, ...facts });
    write.subscribe(() => this.#done(`Saved “${task.title}”`));
  }

  protected remove(task: Task): void {
    this.#board.remove(task).subscribe(() => this.#done(`Deleted “${task.title}”`));
  }

  protected close(): void {
    this.#view.edited.set(undefined);
  }

  #done(notice: string): void {
    this.#view.notice.set(notice);
    this.close();
  }

  /** A task as it is, live; a new one has the id 0. */
  #taskOf({ id, list }: Edited) {
    return id === undefined ? of({ id: 0, list, title: '', notes: '', label: '', due: null }) : this.#board.task(id);
  }
}
