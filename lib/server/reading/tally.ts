/** How many of something each client has. */

export class Tally<Client extends object> {
  readonly #counts = new Map<Client, number>();

  of(client: Client): number {
    return this.#counts.get(client) ?? 0;
  }

  /** One more. The function that is given back takes it away again, once. */
  add(client: Client): () => void {
    this.#counts.set(client, this.of(client) + 1);
    let isCounted = true;
    return () => {
      if (!isCounted) return;
      isCounted = false;
      const left = this.of(client) - 1;
      if (left > 0) this.#counts.set(client, left);
      else this.#counts.delete(client);
    };
  }
}
