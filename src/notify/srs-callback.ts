import { encodeSrsHook, type SrsAction } from '../protocol/srs/index.ts';
import { type CallbackRequest, type Endpoint, type EventKind, type StreamEvent, shownQuery } from './event.ts';
import { signedPost } from './standard-webhook.ts';

const ACTIONS: { readonly [K in EventKind]?: SrsAction } = {
  publish: 'on_publish',
  publish_done: 'on_unpublish',
  record_file: 'on_dvr',
};

/** Whether SRS has a hook for the event. */
export function isSrsEvent(event: StreamEvent): boolean {
  return ACTIONS[event.kind] !== undefined;
}

/** The event as a hook of SRS; with a key it has the headers of Standard Webhooks too, which SRS does not. */
export function srsCallback(event: StreamEvent, endpoint: Endpoint, nowMs: number): CallbackRequest {
  const { address = '', query = '', node = '', recording } = event.data;
  const { domain, app, stream } = event;
  const file = recording && { folder: recording.bucket || recording.storage, name: recording.object };
  const body = encodeSrsHook({
    ...{ domain, app, stream, address },
    action: ACTIONS[event.kind] ?? 'on_publish',
    server: node,
    client: event.sessionId,
    host: event.ingestDomain,
    query: shownQuery(query),
    ...(file === undefined ? {} : { file }),
  });
  return { ...signedPost(event.id, body, endpoint, nowMs), readsAnswer: true };
}
