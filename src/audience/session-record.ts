import type { SessionEnding, ViewerSession } from '../access/index.ts';
import { type AddressForm, keptAddress } from './address-form.ts';
import type { OverSession } from './over-sessions.ts';

/** One playback, as a line of the session files has it. */
export type SessionRecord = {
  readonly session: string;
  readonly node: string;
  readonly domain: string;
  readonly app: string;
  /** The stream whose renditions, if any, were played. */
  readonly stream: string;
  /** `flv`, `ws-flv`, `rtmp` or `hls`. */
  readonly door: string;
  /** Media bytes of each rendition; `source` is the stream itself. */
  readonly rungs: readonly { readonly rung: string; readonly bytes: number }[];
  readonly bytes: number;
  readonly uid?: string;
  readonly address?: string;
  readonly referer?: string;
  readonly agent?: string;
  /** RFC 3339, UTC. */
  readonly openedAt: string;
  readonly closedAt: string;
  /** As the player says, else from opening to closing. */
  readonly watchedMs: number;
  /** These three only where the player reports. */
  readonly stalls?: number;
  readonly stalledMs?: number;
  readonly startupMs?: number;
  readonly ended: SessionEnding;
};

/** What strangers write is cut to so many characters. */
const MOST_TEXT = 500;

export type RecordOptions = {
  readonly node: string;
  readonly addresses: AddressForm;
};

/** What is kept of a session that is over. */
export function recordOf(over: OverSession, { node, addresses }: RecordOptions): SessionRecord {
  const { session, owner, ending, player } = over;
  const { sessionId, domain, app, protocol, uid } = session;
  const [openedAtMs, closedAtMs] = [Math.round(session.openedAtMs), Math.round(over.closedAtMs)];
  const rungs = (session.traffic ?? []).map(({ name, bytes }) => ({ rung: rungOf(name, owner), bytes }));
  const { stalls, stalledMs, startupMs } = player ?? {};
  const said = {
    uid,
    address: keptAddress(session.address, addresses),
    referer: refererOf(session),
    agent: agentOf(session),
  };
  return {
    ...{ session: sessionId, node, domain, app, stream: owner, door: protocol, rungs },
    bytes: bytesOf(session),
    ...withoutUndefined(said),
    openedAt: new Date(openedAtMs).toISOString(),
    closedAt: new Date(closedAtMs).toISOString(),
    watchedMs: Math.round(player?.watchedMs ?? Math.max(0, closedAtMs - openedAtMs)),
    ...withoutUndefined({ stalls, stalledMs, startupMs }),
    ended: ending,
  };
}

/** Media bytes that a session was given so far. */
export function bytesOf({ traffic }: Pick<ViewerSession, 'traffic'>): number {
  return (traffic ?? []).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** The page that the player is on, as it says. */
export function refererOf({ request, page }: ViewerSession): string | undefined {
  return cut(request?.referer ?? page);
}

/** What the player calls itself. */
export function agentOf({ request, agent }: ViewerSession): string | undefined {
  return cut(request?.userAgent ?? agent);
}

function rungOf(name: string, owner: string): string {
  if (name === owner) return 'source';
  return name.startsWith(`${owner}_`) ? name.slice(owner.length + 1) : name;
}

function cut(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text.slice(0, MOST_TEXT);
}

function withoutUndefined<Fields extends Readonly<Record<string, unknown>>>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(known) as { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> };
}
