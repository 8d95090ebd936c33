import { Ingest, type IngestTarget } from '../ingest/index.ts';
import type { Clock } from '../live/index.ts';
import type { SourceMedia } from '../relay/index.ts';

/** An encoded slate, to be played over and over. */
export type SlateLoop = {
  readonly media: readonly SourceMedia[];
  /** After which it begins anew. */
  readonly durationMs: number;
  readonly sizeBytes: number;
};

/** Media go in this long ahead of their time at most. */
const TICK_MS = 40;

export function loopOf(encoded: readonly SourceMedia[]): SlateLoop {
  const media = headersFirst(encoded);
  const leading = media.some(({ kind }) => kind === 'video') ? 'video' : 'audio';
  const times = media.filter(({ kind }) => kind === leading).map(({ timestamp }) => timestamp);
  const [first = 0, last = 0] = [times[0], times.at(-1)];
  // The sequence header has the time of the first frame.
  const frames = Math.max(1, times.length - 2);
  const durationMs = Math.max(1, Math.round(last - first + (last - first) / frames));
  return { media, durationMs, sizeBytes: media.reduce((sum, { payload }) => sum + payload.length, 0) };
}

/** Sound that is described after the first picture would begin with the second key frame only. */
function headersFirst(media: readonly SourceMedia[]): SourceMedia[] {
  const [first] = media;
  const other = media.find(({ kind }) => kind !== first?.kind);
  if (!first || !other) return [...media];
  return [{ ...other, timestamp: first.timestamp }, ...media.filter((each) => each !== other)];
}

/** Plays a slate into a stream at its own pace; returns what stops it. */
export function playSlate({ media, durationMs }: SlateLoop, stream: IngestTarget, clock: Clock): () => void {
  const ingest = new Ingest({ stream, clock });
  ingest.promise({
    video: media.some(({ kind }) => kind === 'video'),
    audio: media.some(({ kind }) => kind === 'audio'),
  });
  const [{ timestamp: firstMs } = { timestamp: 0 }] = media;
  const startedAtMs = clock.nowMs();
  let [round, next] = [0, 0];
  let cancel = () => {};
  let isStopped = false;
  const tick = () => {
    const untilMs = clock.nowMs() - startedAtMs + TICK_MS;
    for (;;) {
      const each = media[next];
      if (!each || isStopped) break;
      const atMs = each.timestamp - firstMs + round * durationMs;
      if (atMs > untilMs) break;
      if (each.kind === 'video') ingest.video(atMs, each.payload);
      else if (each.kind === 'audio') ingest.audio(atMs, each.payload);
      next++;
      if (next < media.length) continue;
      next = 0;
      round++;
    }
    if (!isStopped) cancel = clock.after(TICK_MS, tick);
  };
  tick();
  return () => {
    isStopped = true;
    cancel();
  };
}
