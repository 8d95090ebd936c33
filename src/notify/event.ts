import type { MediaEventKind, MediaNote } from './media-note.ts';

export type StreamEventKind =
  | 'publish'
  | 'publish_done'
  | 'stream_interrupted'
  | 'stream_resumed'
  | 'stream_ended'
  | 'moderation'
  | 'snapshot'
  | 'finding_raised'
  | 'finding_cleared'
  | 'alarm_raised'
  | 'alarm_cleared'
  | RecordingEventKind
  | RenditionEventKind
  | RelayEventKind
  | SourceEventKind;

/** Everything that events tell of. */
export type EventKind = StreamEventKind | MediaEventKind;

/** What happens to the renditions of a stream: `rendition_restored` after shed or failed, and `stream_ended` ends all. */
export type RenditionEventKind =
  | 'rendition_started'
  | 'rendition_stopped'
  | 'rendition_failed'
  | 'rendition_shed'
  | 'rendition_restored'
  | 'encoder_fallback';

/** What happens between this server and another one: a stream that is fetched, and one that is pushed on. */
export type RelayEventKind = 'pull_live' | 'pull_lost' | 'transfer_started' | 'transfer_lost';

/** What happens to the sources of a stream that has more than one, or none and shows its slate. */
export type SourceEventKind = 'source_joined' | 'source_left' | 'source_switched' | 'slate_on' | 'slate_off';

/** Which of a stream's sources it is about: main, backup or slate; `from` is what was on air before. */
export type SourceNote = { readonly source: string; readonly from?: string; readonly address?: string };

/** What happens to the recording of a stream; `record_file` once a file is in its storage. */
export type RecordingEventKind = 'record_started' | 'record_paused' | 'record_resumed' | 'record_file';

/** A file of a recording that is in its storage. */
export type StoredRecording = {
  /** The storage's name in the configuration. */
  readonly storage: string;
  /** Host and bucket where the storage is one; empty for a folder. */
  readonly endpoint: string;
  readonly bucket: string;
  /** The object's whole name there. */
  readonly object: string;
  readonly format: string;
  readonly startMs: number;
  readonly endMs: number;
  /** Of what was recorded: less than from start to end where the recording paused. */
  readonly durationMs: number;
  readonly sizeBytes: number;
  readonly sha256: string;
  /** The publisher's arguments that begin with `callback_`. */
  readonly pushArgs: Readonly<Record<string, string>>;
};

/** A picture of the stream that is in its storage. */
export type StoredSnapshot = {
  /** The storage's name in the configuration. */
  readonly storage: string;
  /** Host and bucket where the storage is one; empty for a folder. */
  readonly endpoint: string;
  readonly bucket: string;
  /** The object's whole name there. */
  readonly object: string;
  readonly takenAtMs: number;
  /** It took the place of the picture before it. */
  readonly overwrites: boolean;
  readonly sizeBytes: number;
  readonly sha256: string;
};

/** What a moderation hook said of a picture. */
export type ModerationNote = {
  readonly action: 'flag' | 'stop' | 'ban';
  readonly reason: string;
  /** When the picture was taken. */
  readonly takenAtMs: number;
  /** Until when nobody may publish the stream. */
  readonly untilMs?: number;
};

/** What a show came to, as the event of its end has it; times in ms. */
export type ShowReport = {
  /** Of the first publish: `/history/{sessionId}/report` has the whole report. */
  readonly sessionId: string;
  readonly durationMs: number;
  /** Publishers' connections. */
  readonly connections: number;
  readonly peakViewers: number;
  /** Different ones, by uid, else by address and player. */
  readonly viewers: number;
  readonly plays: number;
  readonly watchedMs: number;
  readonly egressBytes: number;
  /** As players reported. */
  readonly stalls: number;
  /** Of the time that players spent watching and waiting; left out where none reported. */
  readonly rebufferShare?: number;
};

/** An alarm as events tell of it; times are ISO 8601. */
export type AlarmNote = {
  readonly id: string;
  readonly code: string;
  readonly severity: string;
  readonly title: string;
  readonly sentence: string;
  readonly subject: Readonly<Record<string, string>>;
  readonly node: string;
  readonly raisedAt: string;
  readonly clearedAt?: string;
  readonly runbook: string;
};

/** What an event says beyond who and when; only what is known is set. */
export type StreamEventData = {
  /** The publisher's own address. */
  readonly address?: string;
  /** The publisher's query as it was sent, but for the values of lasting keys. */
  readonly query?: string;
  /** The node that took the stream. */
  readonly node?: string;
  readonly protocol?: string;
  readonly width?: number;
  readonly height?: number;
  readonly startedAtMs?: number;
  readonly durationMs?: number;
  readonly cause?: StopCause;
  /** Of a rendition: the name that it plays under, and what it is made by. */
  readonly rendition?: string;
  readonly template?: string;
  /** The hardware that was given up. */
  readonly encoder?: string;
  /** Why, in words for operators. */
  readonly reason?: string;
  readonly snapshot?: StoredSnapshot;
  readonly recording?: StoredRecording;
  readonly moderation?: ModerationNote;
  /** Of a relay: its rule, its destination's name, and scheme and host of the other server. */
  readonly relay?: { readonly name: string; readonly destination?: string; readonly address: string };
  /** There is no such stream: an operator tries the endpoint. */
  readonly test?: true;
  /** Of `stream_ended`. */
  readonly report?: ShowReport;
  /** What is not as it should be, or is again. */
  readonly alarm?: AlarmNote;
  readonly source?: SourceNote;
  /** Of an event of an asset or a job, which is about no stream. */
  readonly media?: MediaNote;
  /** What is wrong with the content, in the words of the health verdict; when it is over, the code only. */
  readonly finding?: { readonly code: string; readonly sentence?: string; readonly remedy?: string };
};

/** Why a publisher's session ended. */
export type StopCause =
  | 'unpublished'
  | 'connection_lost'
  | 'takeover'
  | 'idle'
  | 'kicked'
  | 'moderation'
  | 'blocked'
  | 'server_stop'
  | 'crash';

export type StreamEvent<Kind extends EventKind = EventKind> = {
  /** The same for one session and kind however often it is made, so that a repetition is seen as one. */
  readonly id: string;
  readonly kind: Kind;
  readonly sessionId: string;
  readonly domain: string;
  /** The host name that was pushed to; empty when it is not known. */
  readonly ingestDomain: string;
  readonly app: string;
  readonly stream: string;
  readonly atMs: number;
  readonly data: StreamEventData;
};

/** One event on its way to one endpoint. */
export type Delivery = {
  readonly id: string;
  /** 1 for the first try. */
  readonly attempt: number;
  readonly endpointId: string;
  readonly firstAttemptAtMs: number;
  /** Aborted when somebody else may have it. */
  readonly lost?: AbortSignal;
  readonly event: StreamEvent;
};

/** The callback's receiver. `setBy` decides which networks it may lie in. */
export type Endpoint = {
  readonly id: string;
  readonly url: string;
  readonly form: 'apsara' | 'json' | 'srs' | 'vod';
  readonly key?: string | undefined;
  readonly setBy: 'administrator' | 'user';
  /** Below which assets are played, for the form that names addresses. */
  readonly assetsUrl?: string | undefined;
};

/** A request ready to be sent. */
export type CallbackRequest = {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** What is answered decides, not the status alone. */
  readonly readsAnswer?: true;
};

/** A publisher's query without the values of lasting stream keys: those are secrets and no business of receivers. */
export function shownQuery(query: string): string {
  return query.replace(/^\?/, '').replace(/(^|&)key=[^&]*/g, '$1key=***');
}
