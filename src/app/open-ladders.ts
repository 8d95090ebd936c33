import type { ViewerSessions } from '../access/index.ts';
import type { Config } from '../config/index.ts';
import type { Registry } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import type { Publishers } from '../operations/index.ts';
import { type Encoders, findEncoders, Ladders, ProcessRecord } from '../transcode/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';

/** What is measured of a source for less is a guess. */
const LEAST_SECONDS = 3;

type Neighbours = {
  readonly registry: Registry;
  readonly publishers: Publishers;
  readonly sessions: ViewerSessions;
};

/** The transcoding of all streams, as the rules want it. */
export async function openLadders(
  { config, clock, log, metrics, closer }: Base,
  { rules, settingsOf, status }: State,
  { registry, publishers, sessions }: Neighbours,
): Promise<Ladders> {
  const { record, ended } = await ProcessRecord.open(config.dataDir, (error) =>
    log.warn({ error }, 'the processes of FFmpeg could not be written down'),
  );
  if (ended > 0) log.warn({ ended }, 'FFmpeg was left behind by a server that was killed, and is ended now');
  closer.add('record of processes', record);
  const ladders = new Ladders({
    registry,
    clock,
    log,
    ffmpegPath: status.ffmpeg?.path,
    encoders: await encodersFor(config, status.ffmpeg?.path, log),
    wanted: (id) => {
      const { templates, lazy } = settingsOf(id).transcode;
      return { templates: templates.flatMap((name) => rules().template(name) ?? []), isLazy: lazy };
    },
    measured: (id) => {
      const session = registry.publicationOf(id)?.publisher.sessionId;
      const measured = session && publishers.get(session)?.state?.ingest.meter.measure(clock.nowMs());
      return measured && measured.seconds >= LEAST_SECONDS ? { videoKbps: measured.videoKbps, fps: measured.fps } : {};
    },
    viewersOf: ({ domain, app, name }) => sessions.streamCount(domain, app, name),
    onEvent: (event, template) => metrics.ladderEvents.inc({ event, template: template ?? '' }),
    onProcesses: (pids) => record.set(pids),
  });
  return closer.add('ladders', ladders);
}

async function encodersFor(config: Config, ffmpegPath: string | undefined, log: Logger): Promise<Encoders> {
  const { encoder: kind, device } = config.transcode;
  if (ffmpegPath === undefined) return { kind: 'software', available: new Set() };
  const { encoders, fallbackReason } = await findEncoders(ffmpegPath, { kind, device: device ?? undefined });
  if (fallbackReason !== undefined) {
    log.warn({ encoder: kind, reason: fallbackReason }, 'the hardware encoder does not work, software takes its place');
  }
  return encoders;
}
