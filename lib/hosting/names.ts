/** Names of servers: whoever holds one keeps its server, and lets the others have a part in it. */
import type { EngineSpec } from '../../engines/engine.ts';

/** What a name stands for: an engine or a worker file. A worker that a function makes cannot be compared. */
export type Named = EngineSpec | { readonly worker: string } | undefined;

/** Who would hold a name if nobody else does. */
export interface Candidate {
  readonly named: Named;
  /** Lets one more holder order the server, by the other end of `port`. */
  admit(port: MessagePort): void;
  /** Resolves when the present life of its server is over. */
  over(): Promise<unknown>;
}

/** A name that is held from this thread. It ends with the thread, in whatever way. */
export interface Claim {
  /** Frees the name at once. */
  release(): void;
}

export type Reached =
  | { readonly kind: 'joined'; readonly control: MessagePort; readonly over?: Promise<unknown> }
  | { readonly kind: 'claimed'; readonly claim: Claim }
  | { readonly kind: 'unheld' };

/** Where names are kept. */
export interface Names {
  /**
   * Joins the server whose name is held, or claims the name for `candidate`: of all who try at once, one holds it. Without
   * a candidate, a name that nobody holds is `'unheld'`.
   *
   * Errors  `OpenError` where the name stands for something else, and where its holder does not answer.
   */
  reach(name: string, candidate?: Candidate): Promise<Reached>;
}
