/** Refuses a name that stands for something else. */
import { OpenError } from '../model/errors.ts';
import type { Named } from './names.ts';

/** Specs and addresses are plain data; a worker that a function makes cannot be compared. */
export function refuseAnother(name: string, held: Named, wanted: Named): void {
  if (!held || !wanted) return;
  const [is, was] = [wanted, held].map((one) => JSON.stringify(one));
  if (is !== was) throw new OpenError(`The name '${name}' is held for ${was}, and was asked for ${is}`);
}
