import { isSrsYes } from '../protocol/srs/index.ts';
import { isApsaraEvent } from './apsara-callback.ts';
import type { Endpoint, StreamEvent } from './event.ts';
import { isSrsEvent } from './srs-callback.ts';
import { isVodEvent } from './vod-callback.ts';

/** Why the endpoint's form cannot tell of the event; undefined where it can. */
export function foreignTo({ form }: Endpoint, event: StreamEvent): string | undefined {
  if (form === 'apsara' && !isApsaraEvent(event)) return "ApsaraVideo's form has no such event";
  if (form === 'vod' && !isVodEvent(event)) return 'the form of ApsaraVideo VOD has no such event';
  return form === 'srs' && !isSrsEvent(event) ? 'the form of SRS has no such event' : undefined;
}

/** Whether an endpoint takes a callback with this answer. */
export function isSuccess(
  { form }: Endpoint,
  { status, excerpt = '' }: { readonly status: number; readonly excerpt?: string },
): boolean {
  if (form === 'srs') return status === 200 && isSrsYes(excerpt);
  return form === 'apsara' || form === 'vod' ? status === 200 : status >= 200 && status < 300;
}

/** What is wrong with an answer that is no success. */
export function refusalText({ form }: Endpoint, { status }: { readonly status: number }): string {
  return form === 'srs' && status === 200 ? 'status 200 without a code of 0' : `status ${status}`;
}
