import { createHash } from 'node:crypto';
import type { StoredMediaUpload, StoredUploadPart, StoredUploadSession } from '../../store/index.ts';
import { joinedCrc64 } from './crc64.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { fetchOf, storedUpload, type UploadLibrary } from './upload.ts';
import { finished, over, tooLarge, UploadError, unfinished, wrongChecksum } from './upload-error.ts';
import type { SessionsOptions, UploadSessions } from './upload-sessions.ts';

/** A part as whoever completes an upload names it; the tag is the MD5 in hex. */
export type NamedPart = { readonly number: number; readonly tag: string };

/** A whole object. */
export type Published = { readonly sizeBytes: number; readonly tag: string; readonly crc64?: string };

export type CompletionOptions = Pick<SessionsOptions, 'tables' | 'storages' | 'wallMs'> & {
  readonly sessions: UploadSessions;
  readonly library: UploadLibrary;
};

const BEAT_EVERY_MS = 10_000;

/** Makes objects of what has come, once, and tells the library of them. */
export class UploadCompletion {
  readonly #options: CompletionOptions;
  readonly #completing = new OneAtATime();

  constructor(options: CompletionOptions) {
    this.#options = options;
  }

  /**
   * Makes an object of what has come: of all that was appended, or of these parts. Again for what is whole already it
   * does no harm.
   */
  complete(id: string, named?: readonly NamedPart[]): Promise<Published> {
    return this.#completing.run(id, () => this.#complete(id, named));
  }

  /** The library hears of it, as often as it takes. */
  async tell(row: StoredMediaUpload): Promise<void> {
    const { library, tables } = this.#options;
    const { id, asset, storage, object, storedBytes, storedSha256 } = row;
    // An asset that was deleted meanwhile wants nothing any more.
    if (asset !== null && (await library.find(asset))) {
      const sha256 = storedSha256 === null ? {} : { sha256: storedSha256 };
      await library.uploaded(asset, { storage, object, sizeBytes: storedBytes ?? 0, fetch: fetchOf(row), ...sha256 });
    }
    await tables.change(id, { state: 'done', finishedAt: new Date(this.#options.wallMs()) }, ['stored']);
  }

  async #complete(id: string, named?: readonly NamedPart[]): Promise<Published> {
    const { tables } = this.#options;
    const session = await this.#options.sessions.find(id);
    if (session.state === 'done') return publishedOf(session);
    const parts = session.way === 'multipart' ? await this.#partsOf(session, named) : undefined;
    const sizeBytes = parts ? parts.reduce((sum, part) => sum + part.sizeBytes, 0) : session.receivedBytes;
    if (sizeBytes > session.limitBytes) throw tooLarge(session.limitBytes);
    if (!parts && session.sizeBytes !== null && session.sizeBytes !== sizeBytes) throw unfinished(sizeBytes);
    const upload = session.uploadId === null ? undefined : await this.#claim(session.uploadId, id, sizeBytes);
    const beat = setInterval(() => void this.#beat(upload).catch(() => undefined), BEAT_EVERY_MS);
    try {
      if (parts) await this.#options.sessions.gather(session, parts);
      const sha256 = await this.#checked(session, upload, () => this.#options.sessions.publish(session, sizeBytes));
      const done = await this.#markDone(session, parts, sizeBytes);
      const stored = { state: 'stored', storedBytes: sizeBytes, storedSha256: sha256 } as const;
      const row = upload && (await tables.change(upload.id, stored, ['storing']));
      if (row) await this.tell(row);
      return publishedOf(done);
    } catch (error) {
      if (upload) await tables.change(upload.id, { state: 'open', sessionId: null }, ['storing']);
      if (error instanceof UploadError && error.code === 'UPLOAD_CHECKSUM')
        await this.#options.sessions.remove(session);
      throw error;
    } finally {
      clearInterval(beat);
    }
  }

  /** From now on the session says what became of it. */
  async #markDone(
    session: StoredUploadSession,
    parts: readonly StoredUploadPart[] | undefined,
    sizeBytes: number,
  ): Promise<StoredUploadSession> {
    const sums = parts && {
      tag: tagOf(parts.map(({ md5 }) => md5)),
      crc64: String(joinedCrc64(parts.map((part) => ({ ...part, crc64: BigInt(part.crc64) })))),
    };
    const changes = { metadata: { ...session.metadata, ...sums }, receivedBytes: sizeBytes, writer: null };
    const row = await this.#options.tables.changeSession(session.id, { ...changes, state: 'done' });
    return row ?? { ...session, ...changes };
  }

  /** Nobody but this session may publish the upload's object from now on. */
  async #claim(uploadId: string, sessionId: string, sizeBytes: number): Promise<StoredMediaUpload> {
    const { tables } = this.#options;
    const before = await storedUpload(tables, uploadId);
    if (before.sizeBytes !== null && before.sizeBytes !== sizeBytes) throw unfinished(sizeBytes);
    const row = await tables.change(uploadId, { state: 'storing', sessionId }, ['open']);
    if (row) return row;
    const is = await storedUpload(tables, uploadId);
    if (is.state === 'storing' && is.sessionId === sessionId) return is;
    throw is.state === 'expired' ? over() : finished(is.state);
  }

  /** Publishes if what has come has the checksum it should, as far as that can be known before. */
  async #checked(session: StoredUploadSession, upload: StoredMediaUpload | undefined, publish: () => Promise<void>) {
    const expected = upload?.sha256 ?? undefined;
    const before = await this.#options.sessions.sha256Of(session, expected !== undefined);
    if (expected !== undefined && before !== undefined && before !== expected) throw wrongChecksum('the upload');
    await publish();
    if (expected === undefined || before !== undefined) return before;
    const stored = await this.#readBack(session);
    if (stored === expected) return stored;
    await this.#options.storages.get(session.storage).delete(session.object);
    throw wrongChecksum('the upload');
  }

  async #readBack({ storage, object }: StoredUploadSession): Promise<string> {
    const hash = createHash('sha256');
    const { body } = await this.#options.storages.get(storage).get(object);
    for await (const chunk of body) hash.update(chunk);
    return hash.digest('hex');
  }

  /** All parts, or those that were named; the others are forgotten. */
  async #partsOf({ id }: StoredUploadSession, named: readonly NamedPart[] | undefined) {
    const { tables } = this.#options;
    const known = await tables.parts(id);
    if (named === undefined) return known;
    const byNumber = new Map(known.map((part) => [part.number, part]));
    const parts = named.map(({ number, tag }, index) => {
      const part = byNumber.get(number);
      const isInOrder = index === 0 || number > (named[index - 1]?.number ?? 0);
      if (part && part.md5 === tag && isInOrder) return part;
      const remedy = 'Name the parts in the order of their numbers, with the tags that their answers had.';
      throw new UploadError('UPLOAD_PART', `part ${number} is not there, or has another tag`, remedy);
    });
    if (parts.length === 0) throw new UploadError('UPLOAD_PART', 'no part was named', 'Name the parts.');
    const numbers = named.map(({ number }) => number);
    if (parts.length < known.length && known.every(({ piece, number }) => !piece || numbers.includes(number)))
      await tables.removePartsBut(id, numbers);
    return parts;
  }

  /** That this process still stores it. */
  async #beat(upload: StoredMediaUpload | undefined): Promise<void> {
    if (upload) await this.#options.tables.change(upload.id, {}, ['storing']);
  }
}

/** As OSS has it: of one part the MD5 of the MD5s, and how many there are. */
function tagOf(md5s: readonly string[]): string {
  const all = createHash('md5');
  for (const md5 of md5s) all.update(Buffer.from(md5, 'hex'));
  return `${all.digest('hex')}-${md5s.length}`;
}

function publishedOf({ receivedBytes: sizeBytes, metadata: { tag, md5 = '', crc64 } }: StoredUploadSession): Published {
  return { sizeBytes, tag: tag ?? md5, ...(crc64 === undefined ? {} : { crc64 }) };
}
