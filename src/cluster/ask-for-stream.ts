import type { Duplex } from 'node:stream';
import type { StreamId } from '../live/index.ts';
import type { NodePlace } from './request-to.ts';
import { requestUpgrade } from './request-upgrade.ts';
import { COPY_HEADER, PROTOCOL, pathOfStream, WINDOW_HEADER } from './stream-path.ts';

export type Answered =
  | { readonly kind: 'stream'; readonly socket: Duplex; readonly head: Uint8Array }
  /** Nobody publishes it there. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly status: number };

/**
 * Asks for a stream; rejects where the place cannot be reached.
 *
 * @param isFirst with all that playlists list there, for who has nothing yet
 * @param takesCopy also what is only copied there
 */
export async function askForStream(
  place: NodePlace,
  id: StreamId,
  signal: AbortSignal,
  isFirst = false,
  takesCopy = false,
): Promise<Answered> {
  const headers = { ...(isFirst && { [WINDOW_HEADER]: '1' }), ...(takesCopy && { [COPY_HEADER]: '1' }) };
  const answer = await requestUpgrade(place, { path: pathOfStream(id), protocol: PROTOCOL, headers, signal });
  if (answer.kind === 'upgraded') return { kind: 'stream', socket: answer.socket, head: answer.head };
  return answer.status === 404 ? { kind: 'absent' } : { kind: 'refused', status: answer.status };
}
