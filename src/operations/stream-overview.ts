import type { ViewerSessions } from '../access/index.ts';
import type { HealthVerdict } from '../ingest/index.ts';
import type { Clock, Registry, Stream, StreamId, TrackSet } from '../live/index.ts';
import type { LadderOverview } from '../transcode/index.ts';
import type { ModerationFlag, Publishers } from './publishers.ts';
import { type SourcesOverview, sourcesOverview } from './source-overview.ts';
import { type PlayUrls, type PublicAddresses, playUrls } from './urls.ts';

/** What an encoder calls itself may be as long as a message. */
const MAX_ENCODER_LENGTH = 200;

export type TrackOverview = {
  readonly kind: 'video' | 'audio';
  readonly codec: string;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly sampleRate?: number;
  readonly channels?: number;
  readonly bitrateKbps: number;
};

/** A stream as an operator sees it. */
export type StreamOverview = {
  readonly domain: string;
  readonly app: string;
  readonly name: string;
  /** To which it is pushed, by its name; where there are several. */
  readonly node?: string;
  readonly state: Stream['state'];
  readonly startedAt: string;
  readonly publisher?: { readonly sessionId: string; readonly address: string; readonly encoder: string };
  readonly tracks: readonly TrackOverview[];
  readonly bitrateKbps: number;
  readonly gopSeconds: number;
  readonly viewers: Readonly<Record<'flv' | 'wsFlv' | 'rtmp' | 'hls', number>>;
  readonly health: HealthVerdict;
  /** What the moderation hook last objected to in this publish. */
  readonly moderation?: { readonly action: string; readonly reason: string; readonly at: string };
  readonly isRecording: boolean;
  /** Where there is more than the main source, or a slate. */
  readonly sources?: SourcesOverview;
  readonly urls: PlayUrls;
  /** Where the rules want renditions of the stream. */
  readonly transcoding?: Omit<LadderOverview, 'renditions'> & { readonly renditions: readonly RenditionOverview[] };
};

type RenditionOverview = LadderOverview['renditions'][number] & {
  readonly viewers: StreamOverview['viewers'];
  readonly urls?: PlayUrls;
};

export type StreamSources = {
  readonly clock: Clock;
  readonly registry: Registry;
  readonly publishers: Publishers;
  readonly sessions: ViewerSessions;
  readonly addresses: () => PublicAddresses;
  readonly ladderOf: (id: StreamId) => LadderOverview | undefined;
  readonly isRecording: (id: StreamId) => boolean;
};

/** Every stream that is live or waits for its publisher. */
export function listStreams(sources: StreamSources): StreamOverview[] {
  const viewers = countViewers(sources.sessions);
  return [...sources.registry.streams()].map((stream) => overviewOf(stream, sources, viewers));
}

/** One of them; undefined where it is not there. */
export function findStream(sources: StreamSources, id: StreamId): StreamOverview | undefined {
  const stream = sources.registry.find(id);
  return stream && overviewOf(stream, sources, countViewers(sources.sessions));
}

function flagOverview({ action, reason, atMs }: ModerationFlag) {
  return { action, reason, at: new Date(atMs).toISOString() };
}

/** How many watch under a name here. */
export type WatchedName = StreamId & { readonly viewers: StreamOverview['viewers'] };

/** What is watched here, published here or not. */
export function watchedNames(sessions: ViewerSessions): WatchedName[] {
  const counts = countViewers(sessions);
  return [...counts.keys()].map((key) => {
    const [domain = '', ...path] = key.split('/');
    const id = { domain, app: path.slice(0, -1).join('/'), name: path.at(-1) ?? '' };
    return { ...id, viewers: viewersOf(id, counts) };
  });
}

type ViewerCounts = Map<string, Record<string, number>>;

/** Who plays a rendition out of a ladder is a viewer of it and of the stream. */
function countViewers(sessions: ViewerSessions): ViewerCounts {
  const counts: ViewerCounts = new Map();
  for (const { domain, app, stream, protocol, plays } of sessions.values()) {
    for (const name of new Set([stream, plays?.() ?? stream])) {
      const key = `${domain}/${app}/${name}`;
      const count = counts.get(key) ?? {};
      count[protocol] = (count[protocol] ?? 0) + 1;
      counts.set(key, count);
    }
  }
  return counts;
}

function overviewOf(stream: Stream, sources: StreamSources, counts: ViewerCounts): StreamOverview {
  const { id, tracks, cache } = stream;
  const sessionId = sources.registry.onAirOf(id)?.publisher.sessionId;
  const publisher = sessionId === undefined ? undefined : sources.publishers.get(sessionId);
  const measured = publisher?.state?.ingest.meter.measure(sources.clock.nowMs());
  const ladder = sources.ladderOf(id);
  const several = sourcesOverview(sources, id);
  return {
    domain: id.domain,
    app: id.app,
    name: id.name,
    state: stream.state,
    startedAt: new Date(stream.startedWallMs).toISOString(),
    ...(publisher && sessionId
      ? {
          publisher: {
            sessionId,
            address: publisher.info.address,
            encoder: (publisher.state?.metadata?.encoder ?? publisher.info.encoder).slice(0, MAX_ENCODER_LENGTH),
          },
        }
      : {}),
    tracks: trackOverviews(tracks, measured),
    bitrateKbps: Math.round((measured?.videoKbps ?? 0) + (measured?.audioKbps ?? 0)),
    gopSeconds: stream.keyIntervalMs / 1000,
    viewers: viewersOf(id, counts),
    health:
      sessionId === undefined
        ? { status: 'warn', findings: [] }
        : sources.publishers.verdict(sessionId, tracks, cache.isOverflowing),
    ...(publisher?.flag ? { moderation: flagOverview(publisher.flag) } : {}),
    urls: playUrls(id, sources.addresses()),
    isRecording: sources.isRecording(id),
    ...(several ? { sources: several } : {}),
    ...(ladder ? { transcoding: transcodingOf(id, ladder, sources, counts) } : {}),
  };
}

function viewersOf({ domain, app, name }: StreamId, counts: ViewerCounts): StreamOverview['viewers'] {
  const count = counts.get(`${domain}/${app}/${name}`) ?? {};
  return { flv: count.flv ?? 0, wsFlv: count['ws-flv'] ?? 0, rtmp: count.rtmp ?? 0, hls: count.hls ?? 0 };
}

function transcodingOf(
  parent: StreamId,
  ladder: LadderOverview,
  { addresses }: StreamSources,
  counts: ViewerCounts,
): NonNullable<StreamOverview['transcoding']> {
  const renditions = ladder.renditions.map((each) => {
    const id = { ...parent, name: each.name ?? '' };
    const urls = each.name === undefined ? {} : { urls: playUrls(id, addresses()) };
    return { ...each, viewers: viewersOf(id, counts), ...urls };
  });
  return { ...ladder, renditions };
}

function trackOverviews(
  { video, audio }: TrackSet,
  measured: { readonly videoKbps: number; readonly audioKbps: number; readonly fps: number } | undefined,
): TrackOverview[] {
  const tracks: TrackOverview[] = [];
  if (video) {
    tracks.push({
      kind: 'video',
      codec: video.codec,
      width: video.width,
      height: video.height,
      fps: Math.round((measured?.fps ?? video.frameRate ?? 0) * 10) / 10,
      bitrateKbps: Math.round(measured?.videoKbps ?? 0),
    });
  }
  if (audio) {
    tracks.push({
      kind: 'audio',
      codec: audio.codec,
      sampleRate: audio.sampleRate,
      channels: audio.channels,
      bitrateKbps: Math.round(measured?.audioKbps ?? 0),
    });
  }
  return tracks;
}

/** Those of two nodes. */
export function viewersTogether<V extends StreamOverview['viewers']>(one: V, more: V | undefined) {
  if (!more) return one;
  const { flv, wsFlv, rtmp, hls } = one;
  return { flv: flv + more.flv, wsFlv: wsFlv + more.wsFlv, rtmp: rtmp + more.rtmp, hls: hls + more.hls };
}
