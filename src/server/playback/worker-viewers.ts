import type { PlayedTraffic, SessionEnding } from '../../access/index.ts';
import type { StreamId } from '../../live/index.ts';
import type { SentBytes } from '../../usage/index.ts';
import type { FromWorker, HlsReport, ReportedGrant, ToWorker, WorkerReport } from './worker-messages.ts';

/** Sends to workers; what cannot be sent is for one that is gone. */
export interface WorkerLine {
  tell(worker: number, message: ToWorker): void;
  tellAll(message: ToWorker): void;
}

/** A viewer of FLV whom a worker serves. */
export type WorkerViewer = {
  readonly worker: number;
  readonly sessionId: string;
  readonly protocol: 'flv' | 'ws-flv';
  readonly id: StreamId;
  readonly traffic: PlayedTraffic;
  readonly sent: SentBytes;
  /** The worker has him. */
  readonly taken: () => void;
  readonly remove: (ending?: SessionEnding) => void;
};

export type WorkerViewersOptions = {
  readonly line: WorkerLine;
  readonly onSent: (protocol: 'flv' | 'ws-flv', sizeBytes: number, of: StreamId) => void;
  readonly onJoined: (protocol: 'flv' | 'ws-flv', seconds: number, of: StreamId) => void;
};

type HearHls = (about: ReportedGrant, report: HlsReport) => void;

/** The server's side of those whom playback workers serve: it lets them in, counts them, and sends them away. */
export class WorkerViewers {
  readonly #options: WorkerViewersOptions;
  readonly #viewers = new Map<string, WorkerViewer>();
  /** What the numbers in a worker's reports stand for. */
  readonly #grants = new Map<number, Map<number, ReportedGrant>>();
  #hearHls: HearHls = () => {};
  #rules = 1;

  constructor(options: WorkerViewersOptions) {
    this.#options = options;
  }

  /** Which rules grants are given by. */
  get rules(): number {
    return this.#rules;
  }

  /** What is done with reports of HLS. */
  hearHls(hear: HearHls): void {
    this.#hearHls = hear;
  }

  /** How many viewers of FLV a worker serves. */
  countOf(worker: number): number {
    let count = 0;
    for (const viewer of this.#viewers.values()) if (viewer.worker === worker) count++;
    return count;
  }

  /** A viewer whose worker is told so. */
  open(viewer: WorkerViewer): void {
    this.#viewers.set(viewer.sessionId, viewer);
  }

  /** The answer did not reach the worker, or the viewer is gone. */
  drop(sessionId: string, ending?: SessionEnding): void {
    const viewer = this.#viewers.get(sessionId);
    this.#viewers.delete(sessionId);
    viewer?.remove(ending);
  }

  /** The server ends the session. */
  close(sessionId: string, reason: string): void {
    const viewer = this.#viewers.get(sessionId);
    if (!viewer) return;
    this.#viewers.delete(sessionId);
    this.#options.line.tell(viewer.worker, { kind: 'close', sessionId, reason });
  }

  shutOut(token: string): void {
    this.#options.line.tellAll({ kind: 'shut-out', token });
  }

  /** What was granted by the rules before counts no longer. */
  rulesChanged(): void {
    this.#rules++;
    this.#options.line.tellAll({ kind: 'rules', rules: this.#rules });
  }

  /** What a worker says of its viewers. */
  heard(worker: number, message: FromWorker): void {
    if (message.kind === 'took') this.#viewers.get(message.sessionId)?.taken();
    else if (message.kind === 'joined') this.#joined(message);
    else if (message.kind === 'left') this.#left(message);
    else if (message.kind === 'report') this.#reported(worker, message.report);
  }

  /** The worker is gone, and all whom it served with it. */
  gone(worker: number): void {
    this.#grants.delete(worker);
    for (const viewer of [...this.#viewers.values()]) if (viewer.worker === worker) this.drop(viewer.sessionId);
  }

  #joined({ sessionId, seconds }: Extract<FromWorker, { kind: 'joined' }>): void {
    const viewer = this.#viewers.get(sessionId);
    if (viewer) this.#options.onJoined(viewer.protocol, seconds, viewer.id);
  }

  #left({ sessionId, ending, bytes }: Extract<FromWorker, { kind: 'left' }>): void {
    this.#sent(sessionId, bytes);
    this.drop(sessionId, ending);
  }

  #reported(worker: number, { streams, grants, forgotten, hls }: WorkerReport): void {
    for (const [sessionId, bytes] of streams) this.#sent(sessionId, bytes);
    const known = this.#grants.get(worker) ?? new Map<number, ReportedGrant>();
    this.#grants.set(worker, known);
    for (const [grant, about] of grants) known.set(grant, about);
    for (const report of hls) {
      const about = known.get(report.grant);
      if (about) this.#hearHls(about, report);
    }
    for (const grant of forgotten) known.delete(grant);
  }

  #sent(sessionId: string, bytes: number): void {
    const viewer = this.#viewers.get(sessionId);
    if (!viewer || bytes === 0) return;
    viewer.traffic.bytes += bytes;
    viewer.sent.bytes += bytes;
    this.#options.onSent(viewer.protocol, bytes, viewer.id);
  }
}
