/** Where an upload goes, and what lets it in. */
export type TusAccess = { readonly url: string; readonly token: string };

/** A network that fails is asked again so often before somebody must. */
const TRIES = 5;
const CHUNK_BYTES = 8_388_608;
const VERSION = { 'Tus-Resumable': '1.0.0' };
/** What the server says at a wrong place: it has more, or less, than was thought. */
const CONFLICT = 409;

/** A failure that another try would not mend. */
class RefusedError extends Error {}

/** The door did not answer at all. */
export class UnreachableError extends Error {
  readonly url: string;

  constructor(url: string) {
    super('the server cannot be reached');
    this.url = url;
  }
}

/** Uploads a file by tus 1.0, in chunks; after a failure it goes on where the server is. */
export class TusUpload {
  readonly #file: File;
  readonly #access: TusAccess;
  readonly #onProgress: (sentBytes: number) => void;
  #location: string | undefined;
  #abort = new AbortController();

  constructor(file: File, access: TusAccess, onProgress: (sentBytes: number) => void) {
    this.#file = file;
    this.#access = access;
    this.#onProgress = onProgress;
  }

  /** Until all is there; throws where that could not be, or was stopped. May be called again. */
  async run(): Promise<void> {
    this.#abort = new AbortController();
    for (let failures = 0; ; ) {
      try {
        const from = await this.#begin();
        await this.#send(from, () => {
          failures = 0;
        });
        return;
      } catch (error) {
        failures++;
        if (error instanceof RefusedError || this.#abort.signal.aborted || failures >= TRIES) throw error;
        await new Promise((resolve) => window.setTimeout(resolve, 500 * 2 ** failures));
      }
    }
  }

  stop(): void {
    this.#abort.abort();
  }

  /** Makes the upload, or asks how much of it is there. */
  async #begin(): Promise<number> {
    if (this.#location !== undefined) {
      const answer = await this.#ask('HEAD', this.#location);
      return Number(answer.headers.get('Upload-Offset') ?? 0);
    }
    const answer = await this.#ask('POST', this.#access.url, { 'Upload-Length': String(this.#file.size) });
    this.#location = new URL(answer.headers.get('Location') ?? '', this.#access.url).href;
    return 0;
  }

  async #send(from: number, onChunk: () => void): Promise<void> {
    if (this.#location === undefined) return;
    for (let at = from; ; ) {
      this.#onProgress(at);
      if (at >= this.#file.size) return;
      const headers = { 'Upload-Offset': String(at), 'Content-Type': 'application/offset+octet-stream' };
      const answer = await this.#ask('PATCH', this.#location, headers, this.#file.slice(at, at + CHUNK_BYTES));
      at = Number(answer.headers.get('Upload-Offset') ?? at);
      onChunk();
    }
  }

  async #ask(method: string, url: string, headers: Record<string, string> = {}, body?: Blob): Promise<Response> {
    const authorization = `Bearer ${this.#access.token}`;
    const answer = await fetch(url, {
      ...{ method, headers: { ...VERSION, authorization, ...headers }, signal: this.#abort.signal },
      ...(body && { body }),
    }).catch((error: unknown) => {
      throw error instanceof TypeError ? new UnreachableError(url) : error;
    });
    if (answer.ok) return answer;
    if (answer.status >= 500 || answer.status === CONFLICT) throw new Error(`the server answered ${answer.status}`);
    throw new RefusedError(await answer.text().then(titleOf));
  }
}

function titleOf(text: string): string {
  try {
    const { title } = JSON.parse(text) as { title?: unknown };
    return typeof title === 'string' ? title : text;
  } catch {
    return text;
  }
}
