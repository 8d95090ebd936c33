import { monitorEventLoopDelay } from 'node:perf_hooks';
import { descriptorsOpen } from '../../../load/index.ts';
import type { FeedTally } from '../../../packager/index.ts';
import type { FromWorker, HlsReport, ReportedGrant, WorkerReport } from '../index.ts';

/** Each look wakes the process up, and finds this on top of the delay. */
const DELAY_RESOLUTION_MS = 50;

/** A viewer of FLV whose bytes are reported. */
export interface ReportedViewer {
  /** Since it was asked before. */
  takeBytes(): number;
}

/** What a session was given of one rendition. */
export class ReportedSession {
  readonly number: number;
  readonly about: ReportedGrant;
  #bytes = 0;
  #mediaBytes = 0;
  #answers: Record<number, number> = {};
  #hasAny = false;
  isSaid = false;

  constructor(number: number, about: ReportedGrant) {
    this.number = number;
    this.about = about;
  }

  answered(status: number, bytes: number, isMedia: boolean): void {
    this.#hasAny = true;
    this.#bytes += bytes;
    if (isMedia) this.#mediaBytes += bytes;
    this.#answers[status] = (this.#answers[status] ?? 0) + 1;
  }

  take(): HlsReport | undefined {
    if (!this.#hasAny) return undefined;
    const report = { grant: this.number, bytes: this.#bytes, mediaBytes: this.#mediaBytes, answers: this.#answers };
    this.#hasAny = false;
    this.#bytes = 0;
    this.#mediaBytes = 0;
    this.#answers = {};
    return report;
  }
}

export type ReportingOptions = {
  readonly viewers: ReadonlyMap<string, ReportedViewer>;
  readonly tallies: Readonly<Record<string, FeedTally>>;
  readonly copyCount: () => number;
  readonly hlsBytes: () => number;
  readonly send: (message: FromWorker) => void;
};

/** Tells the server now and then what viewers were given, and how the worker is. */
export class Reporting {
  readonly #options: ReportingOptions;
  readonly #sessions = new Set<ReportedSession>();
  readonly #delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  #forgotten: number[] = [];
  #refused: Record<string, number> = {};
  readonly #before = new Map<FeedTally, FeedTally>();
  #number = 0;

  constructor(options: ReportingOptions) {
    this.#options = options;
    this.#delay.enable();
  }

  /** What counts a session's answers from now on. */
  session(about: ReportedGrant): ReportedSession {
    const session = new ReportedSession(++this.#number, about);
    this.#sessions.add(session);
    return session;
  }

  /** After the next report nothing more is said of it. */
  forget(session: ReportedSession): void {
    this.#forgotten.push(session.number);
  }

  refused(reason: string): void {
    this.#refused[reason] = (this.#refused[reason] ?? 0) + 1;
  }

  report(): void {
    this.#options.send({ kind: 'report', report: this.#gathered() });
  }

  close(): void {
    this.#delay.disable();
  }

  #gathered(): WorkerReport {
    const { viewers, copyCount, hlsBytes } = this.#options;
    const streams = [...viewers].map(([sessionId, viewer]) => [sessionId, viewer.takeBytes()] as const);
    const said = [...this.#sessions].filter(({ isSaid }) => !isSaid);
    for (const session of said) session.isSaid = true;
    const forgotten = this.#forgotten;
    this.#forgotten = [];
    const hls = [...this.#sessions].flatMap((session) => session.take() ?? []);
    for (const session of this.#sessions) if (forgotten.includes(session.number)) this.#sessions.delete(session);
    const { user, system } = process.cpuUsage();
    const delayMs = this.#delay.percentile(99) / 1e6 - DELAY_RESOLUTION_MS;
    this.#delay.reset();
    return {
      streams: streams.filter(([, bytes]) => bytes > 0),
      grants: said.map(({ number, about }) => [number, about] as const),
      ...{ forgotten, hls, counts: this.#counts() },
      state: {
        copies: copyCount(),
        hlsBytes: hlsBytes(),
        residentBytes: process.memoryUsage.rss(),
        eventLoopDelaySeconds: Number.isFinite(delayMs) ? Math.max(0, delayMs) / 1000 : 0,
        cpuSeconds: (user + system) / 1e6,
        descriptors: descriptorsOpen(),
      },
    };
  }

  #counts(): WorkerReport['counts'] {
    const refused = this.#refused;
    this.#refused = {};
    const skips: Record<string, number> = {};
    const tooSlow: Record<string, number> = {};
    for (const [protocol, tally] of Object.entries(this.#options.tallies)) {
      const before = this.#before.get(tally);
      skips[protocol] = tally.skips - (before?.skips ?? 0);
      tooSlow[protocol] = tally.closedViewers - (before?.closedViewers ?? 0);
      this.#before.set(tally, { ...tally });
    }
    return { refused, skips, tooSlow };
  }
}
