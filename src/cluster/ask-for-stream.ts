import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { StreamId } from '../live/index.ts';
import type { NodePlace } from './request-to.ts';
import { requestUpgrade } from './request-upgrade.ts';
import { COPY_HEADER, PROTOCOL, pathOfStream, UNWATCHED_HEADER, WINDOW_HEADER } from './stream-path.ts';

export type Answered =
  | { readonly kind: 'stream'; readonly socket: Duplex; readonly head: Uint8Array }
  /** Nobody publishes it there. */
  | { readonly kind: 'absent' }
  | { readonly kind: 'refused'; readonly status: number };

export type Asking = {
  /** With all that playlists list there, for who has nothing yet. */
  readonly isFirst?: boolean;
  /** Only what is there: nothing is started for who only stands by. */
  readonly isUnwatched?: boolean;
  /** Also what is only copied there. */
  readonly takesCopy?: boolean;
};

/** Asks for a stream; rejects where the place cannot be reached. */
export async function askForStream(
  place: NodePlace,
  id: StreamId,
  signal: AbortSignal,
  { isFirst, isUnwatched, takesCopy }: Asking = {},
): Promise<Answered> {
  const headers = {
    ...(isFirst && { [WINDOW_HEADER]: '1' }),
    ...(isUnwatched && { [UNWATCHED_HEADER]: '1' }),
    ...(takesCopy && { [COPY_HEADER]: '1' }),
  };
  const answer = await requestUpgrade(place, { path: pathOfStream(id), protocol: PROTOCOL, headers, signal });
  if (answer.kind === 'upgraded') return { kind: 'stream', socket: answer.socket, head: answer.head };
  return answer.status === 404 ? { kind: 'absent' } : { kind: 'refused', status: answer.status };
}

/** A machine that is dark refuses nothing, and a publisher does not wait until it is known to be. */
const OWNER_ANSWERS_MS = 300;

/**
 * Asks the owner; where that is gone, says nothing or has the stream no more, who stands by for it. Only who has nothing
 * yet does so: two copies that feed each other would never end.
 */
export async function askOwner(
  ownerAt: NodePlace | undefined,
  copyAt: NodePlace | undefined,
  id: StreamId,
  signal: AbortSignal,
  asking: Asking,
): Promise<Answered> {
  const givingUp = new AbortController();
  const either = AbortSignal.any([signal, givingUp.signal]);
  const ofOwner: Promise<Answered> = ownerAt
    ? askForStream(ownerAt, id, either, asking)
    : Promise.resolve({ kind: 'absent' });
  if (!copyAt || !asking.isFirst) return ofOwner;
  const waiting = new AbortController();
  const tooLong = delay(OWNER_ANSWERS_MS, undefined, { signal: waiting.signal }).catch(() => undefined);
  const answered = await Promise.race([ofOwner.catch(() => undefined), tooLong]);
  waiting.abort();
  if (answered && answered.kind !== 'absent') return answered;
  const copy = await askForStream(copyAt, id, signal, { ...asking, takesCopy: true }).catch(() => undefined);
  // Of an owner that cannot be reached is heard: viewers wait for that.
  if (copy?.kind !== 'stream') return ofOwner;
  givingUp.abort();
  ofOwner.then((late) => late.kind === 'stream' && late.socket.destroy()).catch(() => {});
  return copy;
}
