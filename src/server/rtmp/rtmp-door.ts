import type { Access, ClientAddresses, ConnectionLimits, PublishRequest, ViewerSessions } from '../../access/index.ts';
import type { Clock, DismissalReason, PublisherRole, Registry, StreamId, StreamSetup } from '../../live/index.ts';
import type { Logger } from '../../log/index.ts';
import type { Feeds } from '../../packager/index.ts';
import type { MediaEvent } from '../../protocol/rtmp/index.ts';
import type { CompiledRules } from '../../rules/index.ts';
import type { StreamCounters } from '../../usage/index.ts';
import type { PublishSession } from './publish-session.ts';

/** How an RTMP connection came to its end, for the one counter and the one log line. */
export type RtmpEnd =
  | 'CLOSED_BY_PEER'
  | 'MALFORMED'
  | 'TIMEOUT'
  | 'REFUSED'
  | 'TOO_SLOW'
  | 'STREAM_ENDED'
  | 'TAKEN_OVER'
  | 'GHOST_REPLACED'
  | 'IDLE'
  | 'KICKED'
  | 'MODERATION'
  | 'BLOCKED'
  | 'SOCKET_ERROR'
  | 'INTERNAL'
  | 'DRAINING'
  | 'SHUTDOWN';

/** What is told about a publisher, beyond what the stream knows. */
export type PublisherInfo = {
  readonly sessionId: string;
  readonly address: string;
  /** The host that the encoder named, or the ingest domain it fell to. */
  readonly ingestHost: string;
  readonly query: string;
  readonly encoder: string;
  readonly streamKeyId?: string;
  readonly request: PublishRequest;
};

/** An encoder of ours that is a source of a stream on another node. */
export interface FarSource {
  media(event: MediaEvent): void;
  unpublish(): void;
  close(): void;
}

/** How it came to its end there: sent away, or without a word, or it cannot be known. */
export type FarEnd =
  | { readonly kind: 'dismissed'; readonly reason: DismissalReason; readonly detail: string }
  | { readonly kind: 'broken' | 'silent' };

export type FarAnswer =
  | { readonly kind: 'taken'; readonly node: string; open(onEnd: (end: FarEnd) => void): FarSource }
  /** It is to be published here. */
  | { readonly kind: 'not-wanted' }
  | { readonly kind: 'refused'; readonly code: string; readonly description: string };

/** What the RTMP door needs of the server around it. */
export type RtmpDoor = {
  readonly clock: Clock;
  readonly log: Logger;
  readonly registry: Registry;
  readonly rules: () => CompiledRules;
  readonly access: Access;
  readonly sessions: ViewerSessions;
  readonly clients: ClientAddresses;
  readonly feeds: Feeds;
  readonly usage: Pick<StreamCounters, 'sent'>;
  /** Counts together with the other doors. */
  readonly connections: ConnectionLimits;
  readonly limits: { readonly messageBytes: number };
  readonly usesProxyProtocol: boolean;
  /** Offers an encoder to the node that publishes its stream; undefined where no other one does. */
  readonly offerElsewhere?: (id: StreamId, role: PublisherRole, info: PublisherInfo) => Promise<FarAnswer> | undefined;
  readonly setupOf: (id: StreamId) => StreamSetup;
  /** Why one more publisher from `address` can't be let in; a limit of the rules has no code of its own. */
  readonly publisherLimit: (
    id: StreamId,
    address: string,
  ) => { readonly code?: string; readonly reason: string } | undefined;
  /** The other server to which somebody sends the stream now. */
  readonly publisherElsewhere?: (id: StreamId) => Promise<string | undefined>;
  /** Has what another server published of the stream, so that it goes on behind that. */
  readonly catchUp?: (id: StreamId) => Promise<void>;
  /** Somebody used an alias of a domain. */
  readonly onAlias: (domain: string, alias: string, address: string) => void;
  /** Called before the publish is registered, so that those who hear of it know who publishes. */
  readonly onPublisher: (info: PublisherInfo, id: StreamId) => void;
  /** The publisher was accepted and its media come. */
  readonly onPublishing: (sessionId: string, publish: PublishSession) => void;
  /** `result` is `accepted`, or the code of the refusal; `domain` is the one that was asked, where it is one of ours. */
  readonly onAnswered: (wanted: 'publish' | 'play', result: string, domain?: string) => void;
  /** From a play request to its first media byte. */
  readonly onJoined?: (seconds: number, of: StreamId) => void;
  readonly onEnd: (end: RtmpEnd) => void;
  readonly newId: () => string;
  readonly randomBytes: (count: number) => Uint8Array;
};

export const RTMP_CHUNK_SIZE = 65_536;
export const RTMP_MESSAGE_STREAM_ID = 1;
/** A publisher whose stream has no impatient reader is read this often. */
export const LONGEST_REST_MS = 40;
