import type { PublishRequest } from '../access/index.ts';
import type { HealthVerdict, Ingest } from '../ingest/index.ts';
import { healthVerdict } from '../ingest/index.ts';
import type { Clock, StreamId } from '../live/index.ts';

/** Who publishes, beyond what the stream knows. */
export type PublisherInfo = {
  readonly sessionId: string;
  readonly id: StreamId;
  readonly address: string;
  /** The host that the encoder named. */
  readonly ingestHost: string;
  readonly query: string;
  readonly encoder: string;
  readonly streamKeyId?: string;
  /** What was asked for, to be checked again when the rules change. */
  readonly request: PublishRequest;
  readonly startedWallMs: number;
};

/** What the encoder said of itself. */
export type DeclaredMetadata = {
  readonly hasVideo: boolean;
  readonly hasAudio: boolean;
  readonly frameRate?: number;
  readonly encoder?: string;
};

export type PublishingState = {
  readonly ingest: Ingest;
  readonly metadata: DeclaredMetadata | undefined;
};

type Entry = { readonly info: PublisherInfo; state: PublishingState | undefined };

/** The publishers that are connected, by session. */
export class Publishers {
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(info: PublisherInfo): void {
    this.#entries.set(info.sessionId, { info, state: undefined });
  }

  attach(sessionId: string, state: PublishingState): void {
    const entry = this.#entries.get(sessionId);
    if (entry) entry.state = state;
  }

  remove(sessionId: string): void {
    this.#entries.delete(sessionId);
  }

  get(sessionId: string): Entry | undefined {
    return this.#entries.get(sessionId);
  }

  *infos(): Generator<PublisherInfo> {
    for (const { info } of this.#entries.values()) yield info;
  }

  /** Media bytes of all publishers that are connected. */
  *states(): Generator<{ readonly sessionId: string; readonly state: PublishingState }> {
    for (const [sessionId, { state }] of this.#entries) if (state) yield { sessionId, state };
  }

  verdict(sessionId: string, tracks: Parameters<typeof healthVerdict>[1], isOverflowing: boolean): HealthVerdict {
    const state = this.#entries.get(sessionId)?.state;
    if (!state) return { status: 'good', findings: [] };
    const measured = state.ingest.meter.measure(this.#clock.nowMs());
    return healthVerdict(measured, tracks, state.metadata ?? { hasVideo: false, hasAudio: false }, isOverflowing);
  }
}
