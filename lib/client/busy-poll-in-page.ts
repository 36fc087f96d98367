/** In place of `busy-poll.ts` in a page, whose event loop is not ours to turn. */

export class BusyPoll {
  asked(): void {}

  heard(): void {}
}
