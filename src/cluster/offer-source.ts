import type { Duplex } from 'node:stream';
import type { StreamId } from '../live/index.ts';
import { isGone } from './node-error.ts';
import type { NodePlace } from './request-to.ts';
import { requestUpgrade } from './request-upgrade.ts';
import {
  REFUSAL_HEADER,
  readRefusal,
  SOURCE_HEADER,
  type SourceFacts,
  type SourceRefusal,
  writeHeader,
} from './source-facts.ts';
import { pathOfSource, SOURCE_PROTOCOL } from './stream-path.ts';

export type Offered =
  | { readonly kind: 'taken'; readonly socket: Duplex; readonly head: Uint8Array }
  /** The stream is not there, or has no place for it: the source is to be a stream here. */
  | { readonly kind: 'not-wanted' }
  | ({ readonly kind: 'refused' } & SourceRefusal)
  /** It cannot be known whether the node is there. */
  | { readonly kind: 'unreachable'; readonly why: string };

/** A main source does not wait longer: it can be a stream here. */
const MAIN_MS = 1000;
const BACKUP_MS = 5000;

/** Offers an encoder that pushes to this node to the one that publishes its stream. */
export async function offerSource(place: NodePlace, id: StreamId, facts: SourceFacts): Promise<Offered> {
  const signal = AbortSignal.timeout(facts.role === 'main' ? MAIN_MS : BACKUP_MS);
  const headers = { [SOURCE_HEADER]: writeHeader(facts) };
  try {
    const answer = await requestUpgrade(place, { path: pathOfSource(id), protocol: SOURCE_PROTOCOL, headers, signal });
    if (answer.kind === 'upgraded') return { kind: 'taken', socket: answer.socket, head: answer.head };
    if (answer.status === 404) return { kind: 'not-wanted' };
    const refusal = readRefusal(answer.headers[REFUSAL_HEADER]);
    if (refusal) return { kind: 'refused', ...refusal };
    return { kind: 'unreachable', why: `its answer was ${answer.status}` };
  } catch (error) {
    if (isGone(error)) return { kind: 'not-wanted' };
    return { kind: 'unreachable', why: signal.aborted ? 'it does not answer' : (error as Error).message };
  }
}
