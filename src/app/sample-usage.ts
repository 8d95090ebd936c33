import type { Clock, Registry, RegistryListener, StreamId } from '../live/index.ts';
import type { Publishers, PublishingState } from '../operations/index.ts';
import type { Ladders } from '../transcode/index.ts';
import type { StreamCounters, UsageMeter, UsageStream } from '../usage/index.ts';

type Meter = PublishingState['ingest']['meter'];
type Read = Pick<Meter, 'totalBytes' | 'totalVideoBytes' | 'totalVideoFrames' | 'totalAudioFrames'> & {
  readonly atMs: number;
};

export type SampledUsage = {
  readonly meter: UsageMeter;
  readonly counters: StreamCounters;
  readonly clock: Clock;
  readonly registry: Registry;
  readonly publishers: Publishers;
  readonly ladders: () => Ladders | undefined;
};

/** Adds to the meter what is cheaper to read now and then than to count: publishes, and what is transcoded. */
export function usageSampler({ meter, counters, clock, registry, publishers, ladders }: SampledUsage) {
  const reads = new WeakMap<Meter, Read>();
  let sampledMs = clock.nowMs();

  const readPublish = (id: StreamId, { meter: measured }: PublishingState['ingest']) => {
    const before = reads.get(measured);
    const { totalBytes, totalVideoBytes, totalVideoFrames, totalAudioFrames } = measured;
    const now: Read = { totalBytes, totalVideoBytes, totalVideoFrames, totalAudioFrames, atMs: clock.nowMs() };
    reads.set(measured, now);
    const grown = (what: keyof Read) => now[what] - (before?.[what] ?? 0);
    const stream = streamOf(id);
    const seconds = before ? (now.atMs - before.atMs) / 1000 : 0;
    const [videoBytes, bytes] = [grown('totalVideoBytes'), grown('totalBytes')];
    meter.did(stream, 'publish', { bytes, seconds });
    meter.did(stream, 'publish', { bytes: videoBytes, count: grown('totalVideoFrames') }, { detail: 'video' });
    meter.did(stream, 'publish', { bytes: bytes - videoBytes, count: grown('totalAudioFrames') }, { detail: 'audio' });
  };

  const listener: RegistryListener = {
    sourceJoined: ({ stream }) => meter.did(streamOf(stream.id), 'publish', { count: 1 }),
    sourceLeft: ({ publisher, stream }) => {
      const state = publishers.get(publisher.sessionId)?.state;
      if (state) readPublish(stream.id, state.ingest);
    },
  };
  const stopListening = registry.listen(listener);

  const sampleLadders = (seconds: number) => {
    for (const ladder of ladders() ?? []) {
      const { renditions } = ladder.overview();
      for (const { template, state, codec = '', width = 0, height = 0 } of renditions) {
        if (state !== 'live') continue;
        const { template: _, ...stream } = counters.placeOf(ladder.stream.id);
        meter.did(stream, 'transcode', { seconds }, { template, detail: `${codec} ${width}x${height}`.trim() });
      }
    }
  };

  return {
    sample() {
      for (const { sessionId, state } of publishers.states()) {
        const info = publishers.get(sessionId)?.info;
        if (info) readPublish(info.id, state.ingest);
      }
      const nowMs = clock.nowMs();
      sampleLadders((nowMs - sampledMs) / 1000);
      sampledMs = nowMs;
    },
    close: stopListening,
  };
}

function streamOf({ domain, app, name: stream }: StreamId): UsageStream {
  return { domain, app, stream };
}
