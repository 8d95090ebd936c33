import type { Finding, HealthStatus, NodeHealth, Setup, StreamEntry, StreamState, TrackEntry } from './api-types.ts';

/** The API answered something that isn't what its contract says. */
export class AnswerError extends Error {
  readonly code = 'UNEXPECTED_ANSWER';
}

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

function readStream(entry: unknown): StreamEntry {
  const stream = fields(entry);
  const { flv, wsFlv, rtmp, hls } = fields(stream.viewers);
  const publisher = fields(stream.publisher);
  const urls = fields(stream.urls);
  return {
    domain: text(stream.domain) ?? '',
    app: text(stream.app) ?? '',
    name: text(stream.name) ?? '',
    state: oneOf<StreamState>(stream.state, ['publishing', 'waiting', 'ended']) ?? 'ended',
    ...optional('startedAt', text(stream.startedAt)),
    ...(stream.publisher
      ? { publisher: { address: text(publisher.address) ?? '', encoder: text(publisher.encoder) ?? '' } }
      : {}),
    tracks: list(stream.tracks).map(readTrack),
    ...optional('bitrateKbps', number(stream.bitrateKbps)),
    ...optional('gopSeconds', number(stream.gopSeconds)),
    viewers: { flv: number(flv) ?? 0, wsFlv: number(wsFlv) ?? 0, rtmp: number(rtmp) ?? 0, hls: number(hls) ?? 0 },
    health: {
      status: oneOf<HealthStatus>(fields(stream.health).status, ['good', 'warn', 'bad']) ?? 'warn',
      findings: list(fields(stream.health).findings).map(readFinding),
    },
    urls: { flv: text(urls.flv), hls: text(urls.hls), rtmp: text(urls.rtmp), page: webUrl(urls.page) },
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

function readFinding(entry: unknown): Finding {
  const finding = fields(entry);
  const code = text(finding.code) ?? '';
  return { code, sentence: text(finding.sentence) ?? code, ...optional('remedy', text(finding.remedy)) };
}

function byPlace(a: StreamEntry, b: StreamEntry): number {
  const isEnded = (stream: StreamEntry) => (stream.state === 'ended' ? 1 : 0);
  return isEnded(a) - isEnded(b) || `${a.app}/${a.name}`.localeCompare(`${b.app}/${b.name}`);
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function number(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function oneOf<Word extends string>(value: unknown, words: readonly Word[]): Word | undefined {
  return words.find((word) => word === value);
}

/** Only http(s) may become a link: a stream's name is a stranger's word. */
function webUrl(value: unknown): string | undefined {
  const url = text(value);
  return url !== undefined && /^(https?:\/\/|\/(?!\/))/.test(url) ? url : undefined;
}

function optional<Name extends string, Value>(name: Name, value: Value | undefined): { [Key in Name]?: Value } {
  return value === undefined ? {} : ({ [name]: value } as { [Key in Name]: Value });
}
