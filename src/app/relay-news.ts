import { randomUUID } from 'node:crypto';
import type { StreamId } from '../live/index.ts';
import type { RelayEventKind } from '../notify/index.ts';
import type { PullOverview, TransferOverview } from '../relay/index.ts';
import type { Base } from './base.ts';
import type { EventFlow } from './event-flow.ts';

const KINDS = {
  pull: { well: 'pull_live', lost: 'pull_lost' },
  transfer: { well: 'transfer_started', lost: 'transfer_lost' },
} as const;

type About = Pick<PullOverview, 'id' | 'address' | 'reason'> & {
  readonly name: string;
  readonly destination?: string;
  readonly isWell: boolean;
};

/** Tells of pulls and transfers when they begin to go well, and when they no longer do: not of every further try. */
export function relayNews(
  { log, metrics, clock }: Base,
  events: EventFlow,
  sessionOf: (id: StreamId) => string | undefined,
) {
  const told = new Map<string, boolean>();
  for (const { well, lost } of Object.values(KINDS))
    for (const event of [well, lost]) metrics.relayEvents.inc({ event }, 0);
  const tell = (relay: keyof typeof KINDS, { id, name, destination, address, reason, isWell }: About) => {
    const kind: RelayEventKind = KINDS[relay][isWell ? 'well' : 'lost'];
    metrics.relayEvents.inc({ event: kind });
    const key = JSON.stringify([relay, name, destination, id]);
    if (told.get(key) === isWell) return;
    told.set(key, isWell);
    if (told.size > MAX_TOLD) told.delete(told.keys().next().value ?? '');
    const data = {
      relay: { name, address, ...(destination !== undefined && { destination }) },
      ...(reason !== undefined && !isWell && { reason }),
    };
    log[isWell ? 'info' : 'warn']({ ...id, relay: name, destination, address, reason: data.reason }, kind);
    const sessionId = sessionOf(id) ?? randomUUID();
    events
      .tell({ ...id, id: randomUUID(), kind, sessionId, atMs: clock.wallMs(), data })
      .catch((error) => log.error({ error, kind }, 'event could not be written'));
  };
  return {
    pull: ({ pull: name, state, ...about }: PullOverview) => {
      if (state === 'connecting') return;
      tell('pull', { ...about, name, isWell: state === 'live' });
    },
    transfer: ({ transfer: name, state, ...about }: TransferOverview) =>
      tell('transfer', { ...about, name, isWell: state === 'sending' }),
  };
}

const MAX_TOLD = 10_000;
