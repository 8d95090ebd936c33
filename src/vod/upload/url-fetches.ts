import { ForbiddenAddressError, guardedAgent } from '../../notify/index.ts';
import {
  type Claim,
  ClaimQueue,
  type ClaimRow,
  type ClaimTable,
  type Logger,
  type MediaUploadTables,
  type Outcome,
  retryDelayMs,
  type Store,
  type StoredMediaUpload,
  type StoredUploadSession,
} from '../../store/index.ts';
import type { MediaUploads } from './media-uploads.ts';
import { UploadError } from './upload-error.ts';
import { type FetchedBytes, fetchBytes } from './url-fetch.ts';

const TABLE: ClaimTable = { name: 'url_fetches', doneState: 'done', channel: 'headwater_url_fetches', order: 'id' };
const AT_ONCE = 2;
const MOST_ATTEMPTS = 8;
/** A fetch that brings nothing new so often is given up. */
const CONNECT_MS = 10_000;

interface FetchRow extends ClaimRow {
  readonly upload_id: string;
}

type FetchesOptions = {
  readonly store: Store;
  readonly tables: MediaUploadTables;
  readonly uploads: MediaUploads;
  readonly log: Logger;
  /** Whose addresses may be fetched from: an administrator's own network, or public ones only. */
  readonly setBy: 'administrator' | 'user';
};

/** Fetches what uploads by address are of: a few at once, each going on where it broke off. */
export class UrlFetches {
  readonly #options: FetchesOptions;
  readonly #agent: ReturnType<typeof guardedAgent>;

  constructor(options: FetchesOptions) {
    this.#options = options;
    this.#agent = guardedAgent({ setBy: options.setBy, connectTimeoutMs: CONNECT_MS });
  }

  start(): { close(): Promise<void> } {
    const { store, log } = this.#options;
    const queue = new ClaimQueue<FetchRow>({ store, log, table: TABLE });
    const closing = new AbortController();
    const stop = queue.work({
      concurrency: AT_ONCE,
      handle: (claim) => this.#handle(claim, AbortSignal.any([claim.lost, closing.signal])),
    });
    return {
      close: async () => {
        closing.abort();
        await stop();
        await this.#agent.destroy();
      },
    };
  }

  async #handle({ row }: Claim<FetchRow>, signal: AbortSignal): Promise<Outcome> {
    const { tables, uploads, log } = this.#options;
    const upload = await tables.find(row.upload_id);
    if (upload?.state === 'stored' || upload?.state === 'done') return { kind: 'done' };
    if (!upload?.sourceUrl || !['open', 'storing'].includes(upload.state)) return { kind: 'dead' };
    try {
      await this.#fetch(upload, upload.sourceUrl, signal);
      return { kind: 'done' };
    } catch (error) {
      // The server ends, or another node has it: nothing is wrong with the address.
      if (signal.aborted) return { kind: 'retry', inMs: 0 };
      const { code, message } = failureOf(error);
      log.warn({ upload: upload.id, code, attempt: row.attempts }, 'an address could not be fetched');
      const isFinal = error instanceof UploadError && error.code !== 'URL_FAILED' && error.code !== 'UPLOAD_BROKEN_OFF';
      if (!isFinal && row.attempts < MOST_ATTEMPTS) {
        return { kind: 'retry', inMs: retryDelayMs(row.attempts), set: { last_error: message } };
      }
      await uploads.fail(upload.id, { code, message });
      return { kind: 'dead', set: { last_error: message } };
    }
  }

  /** What came before is kept only if the address still has the same. */
  async #fetch(upload: StoredMediaUpload, url: string, signal: AbortSignal): Promise<void> {
    const { tables, uploads } = this.#options;
    const [before] = (await tables.sessionsOf(upload.id)).filter(({ way }) => way === 'url');
    if (before && before.sizeBytes !== null && before.receivedBytes === before.sizeBytes) {
      await uploads.complete(before.id);
      return;
    }
    const atByte = before?.receivedBytes ?? 0;
    const tag = upload.sourceTag ?? undefined;
    const found = await fetchBytes({ url, atByte, tag, dispatcher: this.#agent, signal });
    const session = before && found.atByte === atByte && atByte > 0 ? before : await this.#begin(upload, found);
    await uploads.sessions.append(session.id, found.bytes, { atByte: found.atByte });
    await uploads.complete(session.id);
  }

  async #begin(upload: StoredMediaUpload, found: FetchedBytes): Promise<StoredUploadSession> {
    const { tables, uploads } = this.#options;
    const { id, owner, storage, object } = upload;
    await tables.change(id, { sourceTag: found.tag ?? null, contentType: found.contentType ?? null }, ['open']);
    const { sizeBytes, contentType } = found;
    return uploads.begin({ upload: id, way: 'url', owner, storage, object, sizeBytes, contentType });
  }
}

function failureOf(error: unknown): { readonly code: string; readonly message: string } {
  const refused = forbiddenOf(error);
  if (refused) return { code: 'URL_REFUSED', message: refused.message };
  if (error instanceof UploadError) return { code: error.code, message: `${error.message}. ${error.remedy}` };
  const { code = 'URL_FAILED', message = String(error) } = error as { code?: string; message?: string };
  return { code, message };
}

function forbiddenOf(error: unknown): ForbiddenAddressError | undefined {
  if (error instanceof ForbiddenAddressError) return error;
  return error instanceof Error && error.cause !== undefined ? forbiddenOf(error.cause) : undefined;
}
