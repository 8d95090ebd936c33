import type { IncomingMessage } from 'node:http';
import type { Access, ClientAddresses, ConnectionLimits, ViewerSessions } from '../../access/index.ts';
import type { ArchiveReader } from '../../archive/index.ts';
import type { Clock, Registry, StreamId } from '../../live/index.ts';
import type { Logger } from '../../log/index.ts';
import type { Feeds, HlsPackagerOptions } from '../../packager/index.ts';
import type { PreviewTrack } from '../../preview/index.ts';
import type { CompiledRules } from '../../rules/index.ts';
import type { StreamSprite } from '../../snapshot/index.ts';
import type { ArchivedMedia, ShiftedPlaylists } from '../../timeshift/index.ts';
import type { RenditionForecast } from '../../transcode/index.ts';
import type { StreamCounters } from '../../usage/index.ts';
import type { AssetPlay } from '../../vod/play/index.ts';
import type { Beacon } from './beacon.ts';
import type { ClipDoor } from './clip-door.ts';
import type { Peer, Request } from './exchange.ts';
import type { Packagers } from './packagers.ts';
import type { WorkerViewers } from './worker-viewers.ts';

/** What an archive has of streams, as viewers get it. */
export type PastStreams = {
  readonly archive: Pick<ArchiveReader, 'timeline'>;
  readonly playlists: ShiftedPlaylists;
  readonly media: ArchivedMedia;
  readonly previews: Pick<PreviewTrack, 'cues' | 'sheet' | 'isSettled'>;
  /** How a stream's segments are encrypted; its renditions' have keys of their own, by the same rule. */
  readonly encryptionOf: (owner: StreamId) => HlsPackagerOptions['encryption'];
};

/** What the playback door needs of the server around it. */
export type PlaybackDoor = {
  /** The server is on its way out: connections are given back after each answer. */
  readonly isDraining: () => boolean;
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: Registry;
  readonly rules: () => CompiledRules;
  readonly access: Access;
  readonly sessions: ViewerSessions;
  readonly clients: ClientAddresses;
  readonly feeds: Feeds;
  readonly packagers: Packagers;
  /** What a live stream has or can have beside itself. */
  readonly renditionsOf: (id: StreamId) => readonly RenditionForecast[];
  /** The latest picture of a live stream. */
  readonly snapshotOf: (id: StreamId) => { readonly jpeg: Uint8Array; readonly atWallMs: number } | undefined;
  /** Small pictures of the past of a live stream. */
  readonly spriteOf: (id: StreamId) => StreamSprite | undefined;
  /** What viewers can go back to. */
  readonly past: PastStreams;
  readonly clipping: ClipDoor;
  /** Asks the nodes that may have what this one has not of a stream, as the viewer asked. */
  readonly elsewhere?:
    | ((id: StreamId, request: Request, peer: Peer) => Promise<IncomingMessage | undefined>)
    | undefined;
  /** Those who ask here are viewers of other nodes, and let in there. */
  readonly isForOtherNodes?: boolean;
  readonly assets: AssetPlay;
  readonly usage: Pick<StreamCounters, 'sent' | 'answered' | 'joined'>;
  /** Counts together with the other doors. */
  readonly connections: ConnectionLimits;
  readonly limits: { readonly blockingRequests: number };
  /** Connections begin with a PROXY protocol header. */
  readonly usesProxyProtocol: boolean;
  /** Those whom playback workers serve, where there are any. */
  readonly workers?: WorkerViewers | undefined;
  readonly newId: () => string;
  /** The built player page and its assets. */
  readonly playerDir: string;
  readonly onBeacon: (beacon: Beacon) => void;
  /** A connection was closed by the server without an answer, or with one that names no stream. */
  readonly onRefused: (reason: 'MALFORMED' | 'TIMEOUT' | 'LIMIT' | 'TLS') => void;
  /** Somebody used an alias of a domain. */
  readonly onAlias: (domain: string, alias: string, address: string) => void;
  /** What an authority that issues certificates is told at a token. */
  readonly acmeAnswer: (token: string) => string | undefined;
  /** Where HTTPS listens; undefined while it does not. */
  readonly tlsPort: () => number | undefined;
  readonly onHlsBytes: (sizeBytes: number, from: Pick<StreamId, 'domain' | 'app'>) => void;
  /** `result` is `accepted`, or the code of the refusal; `domain` is the one that was asked. */
  readonly onAnswered: (protocol: 'flv' | 'ws-flv' | 'hls', result: string, domain: string) => void;
  /** From the request to its first media byte, for a viewer that was let in. */
  readonly onJoined: (protocol: 'flv' | 'ws-flv' | 'hls', seconds: number, of: StreamId) => void;
};
