import type { StepAction } from '../jobs/index.ts';
import type { Storages } from '../storage/index.ts';
import type { Base } from './base.ts';

/** What the server and its workers can do in jobs. */
export function stepActions(_base: Base, _around: { readonly storages: Storages }): readonly StepAction[] {
  return [];
}
