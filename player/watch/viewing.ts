import {
  BEACON_PATH,
  type Beacon,
  countFrames,
  FrameCounter,
  newSessionId,
  startBeacons,
  ViewingMeter,
  withViewing,
} from '../beacons/index.ts';
import type { EngineProblem, StreamProtocol } from '../engines/index.ts';

/** One viewing of the stream by one protocol: its totals, and the beacons that tell them until it is closed. */
export class Viewing {
  readonly meter = new ViewingMeter();
  readonly #video: () => HTMLVideoElement;
  readonly #identity: Pick<Beacon, 'app' | 'stream' | 'protocol' | 'session'>;
  readonly #frames = new FrameCounter();
  readonly #stopBeacons: () => void;
  #latencyMs: number | undefined;

  constructor(video: () => HTMLVideoElement, identity: { app: string; stream: string; protocol: StreamProtocol }) {
    this.#video = video;
    this.#identity = { ...identity, session: newSessionId() };
    this.#stopBeacons = startBeacons(BEACON_PATH, () => this.#beacon());
  }

  /** An address of the stream that lets the server know whose reports these are. */
  urlOf(url: string): string {
    return withViewing(url, this.#identity.session, window.location.origin);
  }

  frames(): { total: number; dropped: number } {
    return this.#frames.add(countFrames(this.#video()));
  }

  /** The latest known; a beacon carries what was true when it was sent. */
  tellLatency(latencyMs: number | undefined): void {
    this.#latencyMs = latencyMs;
  }

  close(): void {
    this.#stopBeacons();
  }

  #beacon(): Beacon {
    const frames = this.frames();
    const { app, stream, protocol, session } = this.#identity;
    return {
      v: 1,
      app,
      stream,
      protocol,
      session,
      ...this.meter.totals(performance.now()),
      ...(this.#latencyMs !== undefined && { latencyMs: Math.round(this.#latencyMs) }),
      ...(this.#video().videoHeight > 0 && { height: this.#video().videoHeight }),
      droppedFrames: frames.dropped,
      totalFrames: frames.total,
    };
  }
}

/** The beacon's code for a problem; an end is none. */
export function problemCode(problem: EngineProblem): string | undefined {
  if (problem.kind === 'ended') return undefined;
  return problem.kind === 'http' ? `HTTP_${problem.status}` : problem.kind.toUpperCase();
}
