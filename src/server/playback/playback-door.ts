import type { Access, ClientAddresses, ConnectionLimits, ViewerSessions } from '../../access/index.ts';
import type { Clock, Registry, StreamId } from '../../live/index.ts';
import type { Logger } from '../../log/index.ts';
import type { Feeds } from '../../packager/index.ts';
import type { CompiledRules } from '../../rules/index.ts';
import type { Beacon } from './beacon.ts';
import type { Packagers } from './packagers.ts';

/** What the playback door needs of the server around it. */
export type PlaybackDoor = {
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: Registry;
  readonly rules: () => CompiledRules;
  readonly access: Access;
  readonly sessions: ViewerSessions;
  readonly clients: ClientAddresses;
  readonly feeds: Feeds;
  readonly packagers: Packagers;
  /** The latest picture of a live stream. */
  readonly snapshotOf: (id: StreamId) => { readonly jpeg: Uint8Array; readonly atWallMs: number } | undefined;
  /** Counts together with the other doors. */
  readonly connections: ConnectionLimits;
  readonly limits: { readonly blockingRequests: number };
  /** Connections begin with a PROXY protocol header. */
  readonly usesProxyProtocol: boolean;
  readonly newId: () => string;
  /** The built player page and its assets. */
  readonly playerDir: string;
  readonly onBeacon: (beacon: Beacon) => void;
  /** A connection was closed by the server without an answer, or with one that names no stream. */
  readonly onRefused: (reason: 'MALFORMED' | 'TIMEOUT' | 'LIMIT' | 'TLS') => void;
  readonly onHlsBytes: (sizeBytes: number) => void;
  /** `result` is `accepted`, or the code of the refusal. */
  readonly onAnswered: (protocol: 'flv' | 'ws-flv' | 'hls', result: string) => void;
  /** From the request to its first media byte, for a viewer that was let in. */
  readonly onJoined: (protocol: 'flv' | 'ws-flv' | 'hls', seconds: number) => void;
};
