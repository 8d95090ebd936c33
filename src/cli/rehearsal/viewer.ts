import { Connection, ViewingError } from './connection.ts';
import { PlayBuffer } from './play-buffer.ts';
import { type RehearsedDoor, watchFlv, watchHls } from './viewing.ts';

/** Where a viewer goes: origin, path with signature, and Host header. */
export type ViewerAddress = { readonly origin: string; readonly host: string | undefined; readonly path: string };

export type ViewerOptions = {
  readonly door: RehearsedDoor;
  /** Made anew for each try, so that a signature is never used twice. */
  readonly address: () => ViewerAddress;
  /** Milliseconds that only go forward. */
  readonly nowMs: () => number;
  readonly wallMs: () => number;
  readonly waitMs: (ms: number) => Promise<void>;
  readonly signal: AbortSignal;
  readonly onBytes: (count: number) => void;
  readonly onError: (code: string) => void;
};

const START_MS: Readonly<Record<RehearsedDoor, number>> = { flv: 500, hls: 500, llhls: 500 };
const MAX_PAUSE_MS = 8000;

/** One who watches: comes again when the connection breaks, a second later, then two, four and eight. */
export class Viewer {
  readonly door: RehearsedDoor;
  readonly #options: ViewerOptions;
  readonly #buffer: PlayBuffer;
  readonly #cameAtMs: number;
  #joinedMs: number | undefined;
  #endWallMs: number | undefined;
  #isConnected = false;

  constructor(options: ViewerOptions) {
    this.door = options.door;
    this.#options = options;
    this.#buffer = new PlayBuffer({ startMs: START_MS[options.door] });
    this.#cameAtMs = options.nowMs();
  }

  /** Watches until the signal. */
  async watch(): Promise<void> {
    const { signal, waitMs, onError } = this.#options;
    for (let pauseMs = 1000; !signal.aborted; pauseMs = Math.min(pauseMs * 2, MAX_PAUSE_MS)) {
      const before = this.#buffer.watched.playedMs;
      const code = await this.#try();
      this.#isConnected = false;
      if (signal.aborted) break;
      onError(code);
      // Who saw something for a while begins with the shortest pause again.
      if (this.#buffer.watched.playedMs - before > 10_000) pauseMs = 1000;
      await waitMs(pauseMs);
    }
    this.#buffer.settle(this.#options.nowMs());
  }

  async #try(): Promise<string> {
    const { address, signal, onBytes, door, waitMs } = this.#options;
    const { path, ...server } = address();
    const connection = new Connection({ ...server, signal, onBytes });
    const viewing = {
      began: () => this.#began(),
      media: (durationMs: number, endWallMs: number | undefined) => this.#media(durationMs, endWallMs),
    };
    try {
      if (door === 'flv') return await watchFlv(connection, path, viewing);
      return await watchHls(connection, path, viewing, { isLowLatency: door === 'llhls', waitMs });
    } catch (error) {
      return error instanceof ViewingError ? error.code : 'BAD_MEDIA';
    } finally {
      await connection.close();
    }
  }

  #began(): void {
    this.#isConnected = true;
    this.#joinedMs ??= this.#options.nowMs() - this.#cameAtMs;
  }

  #media(durationMs: number, endWallMs: number | undefined): void {
    this.#buffer.add(durationMs, this.#options.nowMs());
    this.#endWallMs = endWallMs;
  }

  /** Brings the buffer to now. */
  settle(): void {
    this.#buffer.settle(this.#options.nowMs());
  }

  /** From coming to the first byte of media; undefined while there is none. */
  get joinedMs(): number | undefined {
    return this.#joinedMs;
  }

  get sinceComingMs(): number {
    return this.#options.nowMs() - this.#cameAtMs;
  }

  get isWatching(): boolean {
    return this.#isConnected && this.#buffer.hasStarted;
  }

  get watched() {
    return this.#buffer.watched;
  }

  /** How old the picture is that is shown now, where the playlist has dates and the clocks agree. */
  get latencyMs(): number | undefined {
    if (this.#endWallMs === undefined || !this.isWatching) return undefined;
    return this.#options.wallMs() - this.#endWallMs + this.#buffer.bufferedMs;
  }
}
