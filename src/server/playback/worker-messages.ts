import type { SessionEnding } from '../../access/index.ts';
import type { StreamId } from '../../live/index.ts';
import type { LogLevel } from '../../log/index.ts';

/** A certificate with its chain and its key, in PEM. */
export type SentPair = { readonly hosts: readonly string[]; readonly cert: string; readonly key: string };

/** What a worker needs to know before its first viewer. */
export type WorkerSetup = {
  /** Of the process. */
  readonly worker: number;
  /** For people. */
  readonly name: number;
  /** Where the server listens for its workers. */
  readonly socketPath: string;
  readonly logLevel: LogLevel;
  readonly trustedProxies: readonly string[];
  readonly usesProxyProtocol: boolean;
  readonly limits: {
    readonly hlsBytes: number;
    readonly gopBytes: number;
    readonly gopSeconds: number;
    readonly blockingRequests: number;
  };
  readonly mediaKeySecret: string;
  readonly certificates: readonly SentPair[];
  /** Shared, so that a viewer's next handshake is short with every worker; base64. */
  readonly ticketKeys: string;
  readonly rules: number;
};

export type ToWorker =
  | { readonly kind: 'setup'; readonly setup: WorkerSetup }
  /** With the socket. */
  | { readonly kind: 'connection'; readonly connection: number; readonly isTls: boolean }
  /** One too many. */
  | { readonly kind: 'refuse'; readonly connection: number }
  | { readonly kind: 'close'; readonly sessionId: string; readonly reason: string }
  /** Viewers are to come back elsewhere, or later. */
  | { readonly kind: 'draining'; readonly isDraining: boolean }
  | { readonly kind: 'shut-out'; readonly token: string }
  | { readonly kind: 'rules'; readonly rules: number }
  | { readonly kind: 'certificates'; readonly certificates: readonly SentPair[] }
  | { readonly kind: 'stop' };

/** Of one session and rendition, since the last report; statuses with how many answers had them. */
export type HlsReport = {
  readonly grant: number;
  readonly bytes: number;
  readonly mediaBytes: number;
  readonly answers: Readonly<Record<number, number>>;
};

/** What the reports of a grant are about; said once. */
export type ReportedGrant = {
  readonly key: string;
  readonly id: StreamId;
  readonly owner: StreamId;
  readonly isSecure: boolean;
};

export type WorkerReport = {
  /** Viewers of FLV with the bytes that they were given since the last report. */
  readonly streams: readonly (readonly [sessionId: string, bytes: number])[];
  readonly grants: readonly (readonly [grant: number, about: ReportedGrant])[];
  readonly forgotten: readonly number[];
  readonly hls: readonly HlsReport[];
  /** Since the last report. */
  readonly counts: {
    readonly skips: Readonly<Record<string, number>>;
    readonly tooSlow: Readonly<Record<string, number>>;
    readonly refused: Readonly<Record<string, number>>;
  };
  /** As it is now. */
  readonly state: {
    readonly copies: number;
    readonly hlsBytes: number;
    readonly residentBytes: number;
    readonly eventLoopDelaySeconds: number;
    readonly cpuSeconds: number;
    readonly descriptors: { readonly open: number; readonly most: number } | undefined;
  };
};

export type FromWorker =
  /** It listens: what was sent before is lost. */
  | { readonly kind: 'hello' }
  | { readonly kind: 'ready' }
  /** From now on the worker says when the viewer leaves. */
  | { readonly kind: 'took'; readonly sessionId: string }
  | { readonly kind: 'joined'; readonly sessionId: string; readonly seconds: number }
  | { readonly kind: 'left'; readonly sessionId: string; readonly ending: SessionEnding; readonly bytes: number }
  | { readonly kind: 'report'; readonly report: WorkerReport }
  | { readonly kind: 'closed'; readonly connections: readonly number[] }
  /** The PROXY header says for whom the connection is. */
  | { readonly kind: 'proxied'; readonly connection: number; readonly address: string };
