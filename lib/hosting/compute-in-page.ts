/** In place of `compute.ts` in a page. */
import { SluiceError } from '../model/errors.ts';

export function compute(): never {
  throw new SluiceError('compute() is to be had in Node alone, as yet');
}
