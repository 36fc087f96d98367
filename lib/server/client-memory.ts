/** What the server knows of a client that may send its writes again, to this server or to the next one. */
import type { RequestId } from '../wire/messages.ts';
import type { KeptAnswer } from './kept-answer.ts';

export interface ClientMemory {
  /** Its name, which no other client ever has. */
  readonly client: string;
  /** Requests up to this one may have been sent to a server before. */
  readonly resends: RequestId;
  /** Writes up to this one will not be asked about. */
  answered: RequestId;
  /** Those of its writes that were committed before it came, once they were looked up. */
  earlier?: Map<RequestId, KeptAnswer>;
}
