import { once } from 'node:events';
import { Agent, get, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { FlvReader } from '../../../src/protocol/flv/index.ts';

const RETRY_MS = 1000;
const POLL_MS = 1000;

/** A viewer that comes back whenever it was sent away, and notes what no viewer may see. */
export abstract class Watcher {
  readonly stream: string;
  readonly flaws: string[] = [];
  #lastMediaMs = performance.now();
  #isOver = false;
  media = 0;

  constructor(stream: string) {
    this.stream = stream;
  }

  /** Since when nothing has come, in ms. */
  silentMs(): number {
    return performance.now() - this.#lastMediaMs;
  }

  stop(): void {
    this.#isOver = true;
    this.leave();
  }

  protected get isOver(): boolean {
    return this.#isOver;
  }

  protected came(): void {
    this.#lastMediaMs = performance.now();
    this.media++;
  }

  protected abstract watch(): Promise<void>;
  protected abstract leave(): void;

  async run(): Promise<void> {
    while (!this.#isOver) {
      await this.watch().catch(() => undefined);
      if (!this.#isOver) await delay(RETRY_MS);
    }
  }
}

/** HTTP-FLV: times may not go back within an answer. */
export class FlvWatcher extends Watcher {
  readonly #url: string;
  #response: IncomingMessage | undefined;

  constructor(playback: string, stream: string) {
    super(stream);
    this.#url = `${playback}/live/${stream}.flv`;
  }

  protected async watch(): Promise<void> {
    const [response] = (await once(get(this.#url, { agent: false }), 'response')) as [IncomingMessage];
    this.#response = response;
    if (response.statusCode !== 200) {
      response.destroy();
      return;
    }
    const reader = new FlvReader();
    const last = { audio: -1, video: -1 };
    for await (const bytes of response) {
      for (const { type, timestampMs } of reader.push(bytes as Uint8Array)) {
        if (type === 'script') continue;
        if (timestampMs < last[type])
          this.flaws.push(`FLV ${this.stream}: ${type} from ${last[type]} to ${timestampMs} ms`);
        last[type] = timestampMs;
        this.came();
      }
    }
  }

  protected leave(): void {
    this.#response?.destroy();
  }
}

/** The highest media sequence number that anybody has seen of a stream. */
export type Sequences = Map<string, number>;

/** HLS: the media sequence may never go back, over restarts of the server and among all viewers. */
export class HlsWatcher extends Watcher {
  readonly #url: string;
  readonly #seen: Sequences;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #last = -1;

  constructor(playback: string, stream: string, seen: Sequences) {
    super(stream);
    this.#url = `${playback}/live/${stream}.m3u8`;
    this.#seen = seen;
  }

  protected async watch(): Promise<void> {
    const multivariant = await this.#fetch(this.#url);
    if (multivariant === undefined) return;
    const first = multivariant.split('\n').find((line) => /^[^#]/.test(line));
    if (first === undefined) return;
    const media = new URL(first, this.#url).href;
    while (!this.isOver) {
      const given = this.#seen.get(this.stream) ?? -1;
      const playlist = await this.#fetch(media);
      if (playlist === undefined) return;
      this.#note(playlist, given);
      const newest = playlist
        .trimEnd()
        .split('\n')
        .findLast((line) => /^[^#]/.test(line));
      const number = this.#numberOfNewest(playlist);
      if (newest !== undefined && number > this.#last) {
        if ((await this.#fetch(new URL(newest, media).href)) === undefined) return;
        this.#last = number;
        this.came();
      }
      if (playlist.includes('#EXT-X-ENDLIST')) return;
      await delay(POLL_MS);
    }
  }

  protected leave(): void {
    this.#agent.destroy();
  }

  #numberOfNewest(playlist: string): number {
    const first = Number(/^#EXT-X-MEDIA-SEQUENCE:(\d+)/m.exec(playlist)?.[1]);
    return first + (playlist.match(/^#EXTINF/gm)?.length ?? 0) - 1;
  }

  /** `given` had been given out, to whomever, when the playlist was asked for. */
  #note(playlist: string, given: number): void {
    const number = this.#numberOfNewest(playlist);
    if (number < given) this.flaws.push(`HLS ${this.stream}: sequence ${number} after ${given} was given out`);
    this.#seen.set(this.stream, Math.max(this.#seen.get(this.stream) ?? -1, number));
  }

  async #fetch(url: string): Promise<string | undefined> {
    const [response] = (await once(get(url, { agent: this.#agent }), 'response')) as [IncomingMessage];
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    return response.statusCode === 200 ? Buffer.concat(chunks).toString('latin1') : undefined;
  }
}
