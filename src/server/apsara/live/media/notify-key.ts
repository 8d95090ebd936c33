import { z } from 'zod';
import { type CallbackRule, HIDDEN } from '../../../../rules/index.ts';
import { invalidParameter, text } from '../../base/index.ts';

export const notifyUrl = text.pipe(z.url({ protocol: /^https?$/, error: 'it must be an http or https URL' }));

/** The key that callbacks are signed by; none where they are not to be. */
export function keyFor(isSigned: boolean, key: string, most: number): { readonly key?: string } {
  if (!isSigned) return {};
  if (new RegExp(`^[A-Za-z0-9_]{16,${most}}$`).test(key)) return { key };
  throw invalidParameter('NotifyAuthKey', `it must have 16 to ${most} letters and digits`);
}

/** The key that an endpoint is signed by, for callers who may see it. */
export function shownKey(callback: CallbackRule | undefined): { readonly NotifyAuthKey?: string } {
  return callback?.key === undefined || callback.key === HIDDEN ? {} : { NotifyAuthKey: callback.key };
}
