import { Agent, get, type IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';

/** A playlist as it came, and how long it took. */
export type Answer = {
  readonly ms: number;
  readonly firstByteMs: number;
  /** As it was sent, which is compressed. */
  readonly sizeBytes: number;
  readonly text: string;
};

/** Asks for playlists over one connection, one after the other. */
export class Viewer {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #url: string;
  #live: string | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /** The multivariant playlist of a query, the media playlist that it names, and that again. */
  async play(query: string, reloads = 0): Promise<Answer[]> {
    const multivariant = await this.get(`${this.#url}${query}`);
    const media = mediaOf(multivariant, this.#url);
    const answers = [multivariant];
    for (let i = 0; i <= reloads; i++) answers.push(await this.get(media));
    return answers;
  }

  /** The live media playlist. */
  async live(): Promise<Answer> {
    this.#live ??= mediaOf(await this.get(this.#url), this.#url);
    return this.get(this.#live);
  }

  async get(url: string): Promise<Answer> {
    const startedMs = performance.now();
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { 'accept-encoding': 'gzip' };
      get(url, { agent: this.#agent, headers }, resolve).on('error', reject);
    });
    const firstByteMs = performance.now() - startedMs;
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(piece as Buffer);
    const ms = performance.now() - startedMs;
    const body = Buffer.concat(pieces);
    const text = (response.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body).toString();
    if (response.statusCode !== 200) throw new Error(`${url} gave ${response.statusCode}: ${text}`);
    return { ms, firstByteMs, sizeBytes: body.length, text };
  }

  close(): void {
    this.#agent.destroy();
  }
}

function mediaOf({ text }: Answer, base: string): string {
  return new URL(text.split('\n').find((line) => line !== '' && !line.startsWith('#')) ?? '', base).href;
}
