import type { Packet, Registry, StreamReader } from '../live/index.ts';
import type { Metrics } from '../metrics/index.ts';

/** Observes the time between key frames and the length of parts of every stream, as its plan cuts them. */
export function observeMediaTimings(registry: Registry, metrics: Pick<Metrics, 'gopSeconds' | 'partSeconds'>): void {
  registry.listen({
    published({ stream, isResumed }) {
      if (!isResumed) stream.read(new MediaTimings(metrics));
    },
  });
}

class MediaTimings implements StreamReader {
  readonly patienceMs = Number.POSITIVE_INFINITY;
  readonly #metrics: Pick<Metrics, 'gopSeconds' | 'partSeconds'>;
  #keyDtsMs: number | undefined;
  #partDtsMs: number | undefined;

  constructor(metrics: Pick<Metrics, 'gopSeconds' | 'partSeconds'>) {
    this.#metrics = metrics;
  }

  packet(packet: Packet): void {
    const { position, dtsMs } = packet;
    if (position.isDiscontinuity) this.#forget();
    if (position.startsPart) {
      if (this.#partDtsMs !== undefined) this.#metrics.partSeconds.observe((dtsMs - this.#partDtsMs) / 1000);
      this.#partDtsMs = dtsMs;
    }
    if (packet.kind !== 'video' || !packet.isKeyFrame) return;
    if (this.#keyDtsMs !== undefined) this.#metrics.gopSeconds.observe((dtsMs - this.#keyDtsMs) / 1000);
    this.#keyDtsMs = dtsMs;
  }

  interrupted(): void {
    this.#forget();
  }

  #forget(): void {
    this.#keyDtsMs = undefined;
    this.#partDtsMs = undefined;
  }
}
