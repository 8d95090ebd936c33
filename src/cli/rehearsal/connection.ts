import { Pool } from 'undici';

const CONNECT_MS = 10_000;
const MAX_TEXT_BYTES = 4_194_304;

/** The server said no, or broke off; `code` is short and of few kinds. */
export class ViewingError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.name = 'ViewingError';
    this.code = code;
  }
}

export type ConnectionOptions = {
  readonly origin: string;
  /** The Host header, where it is not that of the origin. */
  readonly host: string | undefined;
  readonly signal: AbortSignal;
  /** Told of all bytes of bodies as they come. */
  readonly onBytes: (count: number) => void;
};

/** The connections of one viewer: two at most, as a player has one to wait on while it fetches. */
export class Connection {
  readonly #options: ConnectionOptions;
  readonly #pool: Pool;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    const waits = { headersTimeout: 30_000, bodyTimeout: 30_000 };
    this.#pool = new Pool(options.origin, {
      connections: 2,
      pipelining: 1,
      connect: { timeout: CONNECT_MS },
      ...waits,
    });
  }

  /** The body of a good answer in the pieces in which it comes. Throws ViewingError. */
  async *get(path: string): AsyncGenerator<Buffer> {
    const { origin, host, signal, onBytes } = this.#options;
    const headers = { 'user-agent': 'Headwater-Rehearsal', ...(host === undefined ? {} : { host }) };
    try {
      const { statusCode, body } = await this.#pool.request({ origin, path, method: 'GET', headers, signal });
      if (statusCode !== 200) throw new ViewingError(await refusalOf(statusCode, body));
      for await (const bytes of body as AsyncIterable<Buffer>) {
        onBytes(bytes.length);
        yield bytes;
      }
    } catch (error) {
      throw error instanceof ViewingError ? error : new ViewingError(failureOf(error));
    }
  }

  async text(path: string): Promise<string> {
    const pieces: Buffer[] = [];
    let sizeBytes = 0;
    for await (const bytes of this.get(path)) {
      pieces.push(bytes);
      sizeBytes += bytes.length;
      if (sizeBytes > MAX_TEXT_BYTES) throw new ViewingError('PLAYLIST_TOO_LARGE');
    }
    return Buffer.concat(pieces).toString('utf8');
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}

/** The status with the code that the server gives its reason. */
async function refusalOf(status: number, body: { text(): Promise<string> }): Promise<string> {
  const text = await body.text().catch(() => '');
  const code = /"code":\s*"([A-Z_]{1,40})"/.exec(text.slice(0, 4096))?.[1];
  return code === undefined ? `HTTP ${status}` : `HTTP ${status} ${code}`;
}

function failureOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^[A-Z0-9_]{1,40}$/.test(code) ? code : 'BROKEN_OFF';
}
