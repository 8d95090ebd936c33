import { AnswerError, type Fields, fields, list, number, oneOf, optional, text, webUrl } from './answer-fields.ts';
import type {
  EventEntry,
  Finding,
  HealthStatus,
  NodeHealth,
  RenditionEntry,
  Setup,
  SourceEntry,
  SourceName,
  StreamEntry,
  StreamSources,
  StreamState,
  TrackEntry,
  Traffic,
  Transcoding,
  ViewerCounts,
} from './answer-types.ts';

/** Streams by app and name, those that have ended last. */
export function readStreams(answer: unknown): StreamEntry[] {
  const streams = fields(answer).streams;
  if (!Array.isArray(streams)) throw new AnswerError('the answer holds no list of streams');
  return streams.map(readStream).sort(byPlace);
}

export function readSetup(answer: unknown): Setup {
  const { obs, example, urls } = fields(answer);
  const exampleFfmpeg = text(fields(example).ffmpeg);
  const playerUrl = webUrl(fields(urls).player ?? fields(urls).page);
  return {
    obs: { server: text(fields(obs).server) ?? '', streamKey: text(fields(obs).streamKey) ?? '' },
    ...(exampleFfmpeg !== undefined && { exampleFfmpeg }),
    ...(playerUrl !== undefined && { playerUrl }),
  };
}

export function readNodeHealth(answer: unknown): NodeHealth {
  const { status, version, uptimeSeconds, database, ffmpeg, posture } = fields(answer);
  if (text(status) === undefined) throw new AnswerError('the answer holds no status');
  return {
    status: text(status) ?? '',
    version: text(version) ?? '',
    ...optional('uptimeSeconds', number(uptimeSeconds)),
    database: {
      state: text(fields(database).state) ?? 'unknown',
      ...optional('reason', text(fields(database).reason)),
      ...optional('remedy', text(fields(database).remedy)),
    },
    ffmpeg: { isFound: fields(ffmpeg).found === true, ...optional('version', text(fields(ffmpeg).version)) },
    posture: list(posture).map(readFinding),
  };
}

export function readTraffic(answer: unknown): Traffic {
  const { at, streams, viewers, ingestBytes, egressBytes } = fields(answer);
  const atMs = Date.parse(text(at) ?? '');
  if (Number.isNaN(atMs)) throw new AnswerError('the answer holds no time');
  return {
    atMs,
    streams: number(streams) ?? 0,
    viewers: readViewers(viewers),
    ingestBytes: number(ingestBytes) ?? 0,
    egressBytes: number(egressBytes) ?? 0,
  };
}

/** Events in their order, and what to ask for those behind them with. */
export function readEvents(answer: unknown): { readonly events: readonly EventEntry[]; readonly cursor: number } {
  const { events, cursor } = fields(answer);
  if (!Array.isArray(events)) throw new AnswerError('the answer holds no list of events');
  return { events: events.map(readEvent), cursor: number(cursor) ?? 0 };
}

/** One of them, or what the WebSocket brings. */
export function readEvent(entry: unknown): EventEntry {
  const { position, kind, at, domain, app, stream, data } = fields(entry);
  return {
    position: number(position) ?? 0,
    kind: text(kind) ?? '',
    atMs: Date.parse(text(at) ?? '') || 0,
    domain: text(domain) ?? '',
    app: text(app) ?? '',
    stream: text(stream) ?? '',
    data: fields(data),
  };
}

/** One of the list, or the answer about it alone. */
export function readStream(entry: unknown): StreamEntry {
  const stream = fields(entry);
  const publisher = fields(stream.publisher);
  const urls = fields(stream.urls);
  return {
    domain: text(stream.domain) ?? '',
    app: text(stream.app) ?? '',
    name: text(stream.name) ?? '',
    ...optional('node', text(stream.node)),
    state: oneOf<StreamState>(stream.state, ['publishing', 'waiting', 'ended']) ?? 'ended',
    isRecording: stream.isRecording === true,
    ...optional('startedAt', text(stream.startedAt)),
    ...(stream.publisher
      ? { publisher: { address: text(publisher.address) ?? '', encoder: text(publisher.encoder) ?? '' } }
      : {}),
    tracks: list(stream.tracks).map(readTrack),
    ...optional('bitrateKbps', number(stream.bitrateKbps)),
    ...optional('gopSeconds', number(stream.gopSeconds)),
    viewers: readViewers(stream.viewers),
    health: {
      status: oneOf<HealthStatus>(fields(stream.health).status, ['good', 'warn', 'bad']) ?? 'warn',
      findings: list(fields(stream.health).findings).map(readFinding),
    },
    urls: { flv: text(urls.flv), hls: text(urls.hls), rtmp: text(urls.rtmp), page: webUrl(urls.page) },
    ...(stream.moderation ? { moderation: readModeration(fields(stream.moderation)) } : {}),
    ...(stream.sources ? { sources: readSources(fields(stream.sources)) } : {}),
    ...(stream.transcoding ? { transcoding: readTranscoding(fields(stream.transcoding)) } : {}),
  };
}

function readViewers(entry: unknown): ViewerCounts {
  const { flv, wsFlv, rtmp, hls } = fields(entry);
  return { flv: number(flv) ?? 0, wsFlv: number(wsFlv) ?? 0, rtmp: number(rtmp) ?? 0, hls: number(hls) ?? 0 };
}

function readModeration({ action, reason, at }: Fields): NonNullable<StreamEntry['moderation']> {
  return { action: text(action) ?? '', reason: text(reason) ?? '', at: text(at) ?? '' };
}

const SOURCES = ['main', 'backup', 'slate'] as const;

function readSources({ onAir, choice, sources }: Fields): StreamSources {
  return {
    ...optional('onAir', oneOf<SourceName>(onAir, SOURCES)),
    choice: text(choice) ?? 'auto',
    sources: list(sources).map((each) => readSource(fields(each))),
  };
}

function readSource(entry: Fields): SourceEntry {
  return {
    source: oneOf<SourceName>(entry.source, SOURCES) ?? 'main',
    state: text(entry.state) ?? '',
    address: text(entry.address) ?? '',
    encoder: text(entry.encoder) ?? '',
    codecs: text(entry.codecs) ?? '',
    ...optional('width', number(entry.width)),
    ...optional('height', number(entry.height)),
    bitrateKbps: number(entry.bitrateKbps) ?? 0,
    fps: number(entry.fps) ?? 0,
    silentSeconds: number(entry.silentSeconds) ?? 0,
  };
}

function readTranscoding(entry: Fields): Transcoding {
  return {
    encoder: text(entry.encoder) ?? '',
    restarts: number(entry.restarts) ?? 0,
    ...optional('fallbackReason', text(entry.fallbackReason)),
    ...optional('lastFailure', text(entry.lastFailure)),
    ...optional('speed', number(entry.speed)),
    renditions: list(entry.renditions).map((each) => readRendition(fields(each))),
  };
}

function readRendition(entry: Fields): RenditionEntry {
  return {
    template: text(entry.template) ?? '',
    state: text(entry.state) ?? '',
    ...optional('reason', text(entry.reason)),
    ...optional('width', number(entry.width)),
    ...optional('height', number(entry.height)),
    ...optional('bitrateKbps', number(entry.bitrateKbps)),
    viewers: readViewers(entry.viewers),
  };
}

function readTrack(entry: unknown): TrackEntry {
  const track = fields(entry);
  return {
    kind: text(track.kind) ?? '',
    codec: text(track.codec) ?? '',
    ...optional('width', number(track.width)),
    ...optional('height', number(track.height)),
    ...optional('fps', number(track.fps)),
    ...optional('sampleRate', number(track.sampleRate)),
    ...optional('channels', number(track.channels)),
    ...optional('bitrateKbps', number(track.bitrateKbps)),
  };
}

export function readFinding(entry: unknown): Finding {
  const finding = fields(entry);
  const code = text(finding.code) ?? '';
  return { code, sentence: text(finding.sentence) ?? code, ...optional('remedy', text(finding.remedy)) };
}

function byPlace(a: StreamEntry, b: StreamEntry): number {
  const isEnded = (stream: StreamEntry) => (stream.state === 'ended' ? 1 : 0);
  return isEnded(a) - isEnded(b) || `${a.app}/${a.name}`.localeCompare(`${b.app}/${b.name}`);
}
