import type { PublishRequest } from '../access/index.ts';
import type { Finding, HealthVerdict, Ingest } from '../ingest/index.ts';
import { type ContentFacts, type ContentLimits, contentFindings, healthVerdict } from '../ingest/index.ts';
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
  /** What was asked for, to be checked again when the rules change; left out where the server itself fetches the stream. */
  readonly request?: PublishRequest;
  readonly startedWallMs: number;
};

/** So many flags of one publish are told of: some hooks never give the same reason twice. */
const MAX_FLAGS = 100;

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

/** What the moderation hook last objected to in a publish. */
export type ModerationFlag = {
  readonly action: 'flag' | 'stop' | 'ban';
  readonly reason: string;
  readonly atMs: number;
};

/** What is seen in the pictures of a stream, and what its rule wants to be told of; undefined while nothing is seen. */
export type ContentSeen = {
  readonly pictures: Omit<ContentFacts, 'silentMs'> | undefined;
  readonly limits: ContentLimits;
};

type Entry = {
  readonly info: PublisherInfo;
  state: PublishingState | undefined;
  flag?: ModerationFlag;
  /** How many pictures were objected to. */
  flags: number;
  hasLeft?: true;
};

/** The publishers that are connected, by session. */
export class Publishers {
  readonly #clock: Clock;
  readonly #contentOf: ((id: StreamId) => ContentSeen) | undefined;
  readonly #entries = new Map<string, Entry>();

  constructor(clock: Clock, contentOf?: (id: StreamId) => ContentSeen) {
    this.#clock = clock;
    this.#contentOf = contentOf;
  }

  add(info: PublisherInfo): void {
    this.#entries.set(info.sessionId, { info, state: undefined, flags: 0 });
  }

  attach(sessionId: string, state: PublishingState): void {
    const entry = this.#entries.get(sessionId);
    if (entry) entry.state = state;
  }

  /** Notes an objection, until the publish ends; false where this reason is known already. */
  flag(sessionId: string, flag: ModerationFlag): boolean {
    const entry = this.#entries.get(sessionId);
    if (!entry) return false;
    const isNew = entry.flag?.reason !== flag.reason && entry.flags < MAX_FLAGS;
    entry.flag = flag;
    entry.flags++;
    return isNew;
  }

  /** Its connection is gone, while the stream that was published under its session goes on. */
  leave(sessionId: string): void {
    const entry = this.#entries.get(sessionId);
    if (entry) entry.hasLeft = true;
  }

  remove(sessionId: string): void {
    this.#entries.delete(sessionId);
  }

  get(sessionId: string): Entry | undefined {
    return this.#entries.get(sessionId);
  }

  *infos(): Generator<PublisherInfo> {
    for (const { info, hasLeft } of this.#entries.values()) if (!hasLeft) yield info;
  }

  /** Media bytes of all publishers that are connected. */
  *states(): Generator<{ readonly sessionId: string; readonly state: PublishingState }> {
    for (const [sessionId, { state, hasLeft }] of this.#entries) if (state && !hasLeft) yield { sessionId, state };
  }

  verdict(sessionId: string, tracks: Parameters<typeof healthVerdict>[1], isOverflowing: boolean): HealthVerdict {
    const { state, flag, info } = this.#entries.get(sessionId) ?? {};
    if (!state || !info) return { status: 'good', findings: [] };
    const measured = state.ingest.meter.measure(this.#clock.nowMs());
    const declared = state.metadata ?? { hasVideo: false, hasAudio: false };
    const content = this.#content(info, state);
    return withFlag(healthVerdict(measured, tracks, declared, isOverflowing, content), flag);
  }

  #content({ id }: PublisherInfo, { ingest }: PublishingState): Finding[] {
    const seen = this.#contentOf?.(id);
    if (!seen) return [];
    const { blackMs, frozenMs } = seen.pictures ?? { blackMs: 0, frozenMs: 0 };
    return contentFindings({ blackMs, frozenMs, silentMs: ingest.sound.silentMs }, seen.limits);
  }
}

function withFlag({ status, findings }: HealthVerdict, flag: ModerationFlag | undefined): HealthVerdict {
  if (!flag) return { status, findings };
  const finding = {
    code: 'MODERATION_FLAGGED',
    severity: 'warn',
    sentence: `The moderation hook flagged a picture: ${flag.reason}.`,
    remedy: 'Look at the stream; end its publish or block it where the hook is right.',
  } as const;
  return { status: status === 'good' ? 'warn' : status, findings: [...findings, finding] };
}
