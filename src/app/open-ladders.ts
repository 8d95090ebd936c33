import type { ViewerSessions } from '../access/index.ts';
import type { Config } from '../config/index.ts';
import { type Encoders, findEncoders } from '../ffmpeg/index.ts';
import type { Registry, Stream, StreamId } from '../live/index.ts';
import type { Governor } from '../load/index.ts';
import type { Logger } from '../log/index.ts';
import type { Capacity, Publishers } from '../operations/index.ts';
import { unmadeRenditions } from '../rules/index.ts';
import type { Packagers } from '../server/playback/index.ts';
import { type LadderEvent, Ladders } from '../transcode/index.ts';
import type { Base } from './base.ts';
import type { EventFlow } from './event-flow.ts';
import type { State } from './open-state.ts';
import { sampleLadders } from './sample-ladders.ts';
import { watchersOf } from './viewers-of.ts';
import { watermarksFor } from './watermarks.ts';

/** What is measured of a source for less is a guess. */
const LEAST_SECONDS = 3;
const UNMADE =
  'record.renditions names it, but transcode does not make it of this stream; add it there, or take it out';

type Neighbours = {
  readonly registry: Registry;
  readonly publishers: Publishers;
  readonly sessions: ViewerSessions;
  readonly packagers: Packagers;
  readonly events: EventFlow;
  readonly isWatchedElsewhere: (id: StreamId) => boolean;
  /** Kept renditions run without viewers. */
  readonly isKept: (id: StreamId) => boolean;
  readonly capacity: Capacity;
  readonly governor: Governor;
  readonly onProcesses: (pids: readonly number[]) => void;
  /** Whether streams are about to go to another node. */
  readonly isLeaving: () => boolean;
};

/** The transcoding of all streams, as the rules want it. */
export async function openLadders(
  { config, clock, log, metrics, closer }: Base,
  { rules, settingsOf, status }: State,
  { registry, publishers, sessions, packagers, events, isKept, capacity, governor, onProcesses, ...rest }: Neighbours,
): Promise<Ladders> {
  const { isLeaving, isWatchedElsewhere } = rest;
  const watchers = watchersOf({ sessions, packagers, cluster: { isWatchedElsewhere } });
  const marked = watermarksFor(config, status.ffmpeg?.path);
  const onEvent = (event: LadderEvent, source: StreamId) => {
    metrics.ladderEvents.inc({ event: event.kind, template: 'template' in event ? event.template : '' });
    tell(events, source, event);
  };
  const ladders = new Ladders({
    registry,
    clock,
    log,
    ffmpegPath: status.ffmpeg?.path,
    encoders: await encodersFor(config, status.ffmpeg?.path, log),
    wanted: (id) => {
      const { transcode } = settingsOf(id);
      return {
        templates: marked(rules(), transcode),
        isLazy: (name) => transcode.lazy && !transcode.eager.includes(name),
      };
    },
    measured: (id) => {
      const session = registry.onAirOf(id)?.publisher.sessionId;
      const measured = session && publishers.get(session)?.state?.ingest.meter.measure(clock.nowMs());
      return measured && measured.seconds >= LEAST_SECONDS ? { videoKbps: measured.videoKbps, fps: measured.fps } : {};
    },
    viewersOf: (id) => watchers(id) + (isKept(id) ? 1 : 0),
    onEvent,
    overrun: (id, more) => governor.without('new-renditions') ?? capacity.transcodeOverrun(id, more),
    pressure: () => ({ lazy: governor.without('lazy-renditions'), top: governor.without('top-renditions') }),
    onProcesses,
    isLeaving,
  });
  // So that the first one is an increase.
  metrics.ladderEvents.inc({ event: 'encoder_fallback', template: '' }, 0);
  closer.add('ladder metrics', sampleLadders(ladders, metrics));
  registry.listen({
    published: ({ stream, isResumed }) => {
      if (isResumed) return;
      const settings = settingsOf(stream.id);
      claimGroups(registry, stream, settings.transcode.groups);
      for (const template of unmadeRenditions(settings, rules())) {
        log.error({ ...stream.id, template, reason: UNMADE }, 'rendition is not recorded');
        onEvent({ kind: 'rendition_failed', template, reason: UNMADE }, stream.id);
      }
    },
  });
  return closer.add('ladders', ladders);
}

/** Nobody may publish under a group's name either; no stream will ever be live under it. */
function claimGroups(registry: Registry, stream: Stream, groups: readonly string[]): void {
  for (const suffix of groups) registry.addRendition(stream, { suffix, onWanted: () => false });
}

/** What FFmpeg does is for the log and the metrics; what comes of it for viewers, for callbacks, too. */
function tell(events: EventFlow, source: StreamId, event: LadderEvent): void {
  if (event.kind === 'started' || event.kind === 'failed' || event.kind === 'hung') return;
  const { kind, ...data } = event;
  events.rendition(source, kind, data);
}

async function encodersFor(config: Config, ffmpegPath: string | undefined, log: Logger): Promise<Encoders> {
  const { encoder: kind, device } = config.transcode;
  if (ffmpegPath === undefined) return { kind: 'software', available: new Set() };
  const encoders = await findEncoders(ffmpegPath, { kind, device: device ?? undefined });
  const { fallbackReason } = encoders;
  if (fallbackReason !== undefined) {
    log.warn({ encoder: kind, reason: fallbackReason }, 'the hardware encoder does not work, software takes its place');
  }
  return encoders;
}
