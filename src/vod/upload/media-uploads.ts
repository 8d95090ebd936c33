import { createHash, randomBytes } from 'node:crypto';
import { checkObjectName } from '../../storage/index.ts';
import type {
  MediaUploadFilter,
  NewMediaUpload,
  NewUploadSession,
  StoredMediaUpload,
  StoredUploadPart,
  StoredUploadSession,
} from '../../store/index.ts';
import { OssSums } from './checked-bytes.ts';
import { joinedCrc64 } from './crc64.ts';
import { OneAtATime } from './one-at-a-time.ts';
import {
  type NewUploadOfAsset,
  objectOf,
  type RegisteredObject,
  type Upload,
  type UploadLibrary,
  uploadOf,
} from './upload.ts';
import { tooLarge, UploadError, wrongChecksum } from './upload-error.ts';
import { type SessionsOptions, UploadSessions } from './upload-sessions.ts';

export type MediaUploadsOptions = SessionsOptions & {
  readonly library: UploadLibrary;
  readonly nodeId: string;
  /** Where assets go whose upload names none. */
  readonly storage: string;
  /** What the names of their objects begin with. */
  readonly prefix: string;
  /** The most that is taken of one upload. */
  readonly limitBytes: number;
};

/** How a session is begun: for an upload, or for an object of its own. */
export type NewSession = Pick<NewUploadSession, 'way' | 'owner' | 'storage' | 'object'> & {
  readonly upload?: string | undefined;
  readonly sizeBytes?: number | undefined;
  readonly contentType?: string | undefined;
  readonly metadata?: Readonly<Record<string, string>> | undefined;
};

/** A part as whoever completes an upload names it; the tag is the MD5 in hex. */
export type NamedPart = { readonly number: number; readonly tag: string };

/** A whole object. */
export type Published = { readonly sizeBytes: number; readonly tag: string; readonly crc64?: string };

const SWEEP_EVERY_MS = 10_000;
const BEAT_EVERY_MS = 10_000;
const STILL_MS = 45_000;
/** An upload takes no longer than that. */
const MOST_DAYS = 7;

/** Uploads of media: what was asked for, and that what came of it is told to the library, over any crash. */
export class MediaUploads {
  readonly #options: MediaUploadsOptions;
  readonly sessions: UploadSessions;
  readonly #completing = new OneAtATime();
  #sweeping: Promise<void> | undefined;

  constructor(options: MediaUploadsOptions) {
    this.#options = options;
    this.sessions = new UploadSessions(options);
  }

  /** What the names of assets' objects begin with. */
  get prefix(): string {
    return this.#options.prefix;
  }

  /** Makes the asset that the upload becomes the original of. */
  async create(asked: NewUploadOfAsset): Promise<Upload> {
    const { library, storages, tables, limitBytes, idleMs, wallMs, newId, prefix } = this.#options;
    const { owner, fileName, contentType, storage = this.#options.storage, sizeBytes, sha256, ...rest } = asked;
    const { sourceUrl, batch, kind = 'video', ...about } = rest;
    storages.get(storage);
    if (sizeBytes !== undefined && sizeBytes > limitBytes) throw tooLarge(limitBytes);
    const assetId = randomBytes(16).toString('hex');
    const object = checkObjectName(objectOf(prefix, assetId, fileName));
    const asset = await library.create({ ...about, id: assetId, kind, storage, uploadedBy: owner });
    const id = newId();
    await tables.insert(
      {
        ...{ id, way: sourceUrl === undefined ? 'client' : 'url', asset: asset.id, owner, storage, object },
        ...{ contentType, sizeBytes, limitBytes: sizeBytes ?? limitBytes, sha256, sourceUrl, batch },
        ...{ userData: about.userData, state: 'open', expiresAt: new Date(wallMs() + idleMs) },
      },
      sourceUrl !== undefined,
    );
    return this.find(id);
  }

  /** Throws UPLOAD_NOT_FOUND. */
  async find(id: string): Promise<Upload> {
    const row = await this.#row(id);
    const isIn = row.storedBytes !== null;
    return uploadOf(row, isIn ? undefined : await this.#receivedBytes(id));
  }

  /** The newest upload of an asset; throws UPLOAD_NOT_FOUND. */
  async findByAsset(asset: string): Promise<Upload> {
    const row = await this.#options.tables.findByAsset(asset);
    if (!row) throw noUpload();
    return this.find(row.id);
  }

  /** The upload itself while it goes on; after its end without the file another one into the same place. */
  async renew({ id }: Upload): Promise<Upload> {
    const { tables, newId, wallMs, idleMs } = this.#options;
    const row = await this.#row(id);
    const expiresAt = new Date(wallMs() + idleMs);
    if (row.state === 'open') {
      await tables.change(id, { expiresAt }, ['open']);
      return this.find(id);
    }
    if (!['expired', 'failed', 'aborted'].includes(row.state)) throw finished(row.state);
    const { way, asset, owner, storage, object, contentType, sizeBytes, limitBytes, sha256, userData } = row;
    const asked = { way, asset, owner, storage, object, contentType, sizeBytes, limitBytes, sha256, userData };
    const anew = { ...asked, id: newId(), way: 'client', state: 'open', expiresAt } as const;
    if (!(await tables.insert(anew))) throw busy(object);
    return this.find(anew.id);
  }

  async list(filter: MediaUploadFilter): Promise<Upload[]> {
    const rows = await this.#options.tables.list(filter);
    return Promise.all(rows.map(async (row) => uploadOf(row, row.storedBytes ?? (await this.#receivedBytes(row.id)))));
  }

  /** An upload whose bytes may come now; throws UPLOAD_NOT_FOUND, UPLOAD_OVER and UPLOAD_FINISHED. */
  async findOpen(id: string): Promise<Upload> {
    const upload = await this.find(id);
    if (upload.state === 'open' && upload.expiresAtMs > this.#options.wallMs()) return upload;
    throw upload.state === 'open' || upload.state === 'expired' ? over() : finished(upload.state);
  }

  /** Begins to take bytes, for an upload or an object of its own. */
  async begin({ upload: uploadId, metadata = {}, ...asked }: NewSession): Promise<StoredUploadSession> {
    const { tables, newId, nodeId, idleMs, wallMs, storages } = this.#options;
    checkObjectName(asked.object);
    storages.get(asked.storage);
    const upload = uploadId === undefined ? undefined : await this.findOpen(uploadId);
    const limitBytes = upload?.limitBytes ?? this.#options.limitBytes;
    const { sizeBytes } = asked;
    if (sizeBytes !== undefined && sizeBytes > limitBytes) throw tooLarge(limitBytes);
    if (sizeBytes !== undefined && upload?.sizeBytes !== undefined && sizeBytes !== upload.sizeBytes) {
      const remedy = 'Send the file that the upload was asked for, or ask for another upload.';
      throw new UploadError('UPLOAD_SIZE', `${sizeBytes} bytes instead of ${upload.sizeBytes}`, remedy);
    }
    if (!upload && (await tables.aliveAt(asked.storage, asked.object))) throw busy(asked.object);
    // A new try takes the place of the ones before.
    for (const old of upload ? await tables.sessionsOf(upload.id) : []) await this.sessions.remove(old);
    const expiresAt = new Date(wallMs() + idleMs);
    const session = { ...asked, contentType: asked.contentType ?? upload?.contentType, metadata };
    return tables.insertSession({ ...session, id: newId(), uploadId, limitBytes, nodeId, state: 'open', expiresAt });
  }

  /**
   * Makes an object of what has come: of all that was appended, or of these parts. Again for what is whole already it
   * does no harm.
   */
  complete(id: string, named?: readonly NamedPart[]): Promise<Published> {
    return this.#completing.run(id, () => this.#complete(id, named));
  }

  /** An object whose bytes come at once, with the MD5 in hex that they must have. */
  async put(asked: NewSession, bytes: AsyncIterable<Uint8Array>, md5: string | undefined): Promise<Published> {
    const session = await this.begin(asked);
    try {
      const sums = new OssSums();
      await this.sessions.append(session.id, sums.over(bytes), { atByte: 0 });
      const { md5: found, crc64 } = sums.end();
      if (md5 !== undefined && md5 !== found) throw wrongChecksum(asked.object);
      await this.#options.tables.changeSession(session.id, { metadata: { ...session.metadata, md5: found, crc64 } });
      return await this.complete(session.id);
    } catch (error) {
      await this.sessions.remove(session).catch(() => undefined);
      throw error;
    }
  }

  async #complete(id: string, named?: readonly NamedPart[]): Promise<Published> {
    const { tables } = this.#options;
    const session = await this.sessions.find(id);
    if (session.state === 'done') return publishedOf(session);
    const parts = session.way === 'multipart' ? await this.#partsOf(session, named) : undefined;
    const sizeBytes = parts ? parts.reduce((sum, part) => sum + part.sizeBytes, 0) : session.receivedBytes;
    if (sizeBytes > session.limitBytes) throw tooLarge(session.limitBytes);
    if (!parts && session.sizeBytes !== null && session.sizeBytes !== sizeBytes) throw unfinished(sizeBytes);
    const upload = session.uploadId === null ? undefined : await this.#claim(session.uploadId, id, sizeBytes);
    const beat = setInterval(() => void this.#beat(upload).catch(() => undefined), BEAT_EVERY_MS);
    try {
      if (parts) await this.sessions.gather(session, parts);
      const sha256 = await this.#checked(session, upload, () => this.sessions.publish(session, sizeBytes));
      const done = await this.#markDone(session, parts, sizeBytes);
      const stored = { state: 'stored', storedBytes: sizeBytes, storedSha256: sha256 } as const;
      const row = upload && (await tables.change(upload.id, stored, ['storing']));
      if (row) await this.#tell(row);
      return publishedOf(done);
    } catch (error) {
      if (upload) await tables.change(upload.id, { state: 'open', sessionId: null }, ['storing']);
      if (error instanceof UploadError && error.code === 'UPLOAD_CHECKSUM') await this.sessions.remove(session);
      throw error;
    } finally {
      clearInterval(beat);
    }
  }

  /** The asset that the object is of already. */
  async findRegistered(storage: string, object: string): Promise<string | undefined> {
    return (await this.#options.library.findByObject(storage, object))?.asset;
  }

  /** Throws OBJECT_NOT_FOUND. */
  async sizeOf(storage: string, object: string): Promise<number> {
    const info = await this.#options.storages.get(storage).head(object);
    if (info) return info.sizeBytes;
    throw new UploadError('UPLOAD_NOT_FOUND', `there is no object ${object} in ${storage}`, 'Check its name.');
  }

  /** Makes an asset of an object that is there; of one that is an asset's already that one is answered. */
  async register(asked: RegisteredObject): Promise<{ readonly asset: string; readonly isNew: boolean }> {
    const { library, tables, newId, wallMs } = this.#options;
    const { owner, storage, object, batch, kind = 'video', ...about } = asked;
    const known = await this.findRegistered(storage, object);
    if (known !== undefined) return { asset: known, isNew: false };
    const storedBytes = await this.sizeOf(storage, object);
    const { id: asset } = await library.create({ ...about, kind, storage, uploadedBy: owner });
    const row: NewMediaUpload = {
      ...{ id: newId(), way: 'registered', state: 'stored', asset, owner, storage, object, storedBytes, batch },
      ...{ sizeBytes: storedBytes, limitBytes: storedBytes, expiresAt: new Date(wallMs()) },
    };
    if (!(await tables.insert(row))) throw busy(object);
    await this.#tell(await this.#row(row.id));
    return { asset, isNew: true };
  }

  /** Ends an upload that is not finished, and removes what has come of it. */
  async abort(id: string): Promise<void> {
    const row = await this.#options.tables.change(id, { state: 'aborted', finishedAt: this.#now() }, ['open']);
    if (!row) throw finished((await this.#row(id)).state);
    await this.#end(row);
  }

  /** It cannot come: what is wrong is written down, and its asset has failed. */
  async fail(id: string, failure: { readonly code: string; readonly message: string }): Promise<void> {
    const row = await this.#options.tables.change(id, { state: 'failed', failure, finishedAt: this.#now() }, ['open']);
    if (row) await this.#end(row);
  }

  /** Goes on with what a crash left, and ends what nobody comes back for, until it is stopped. */
  start(): { close(): Promise<void> } {
    const { tables, log } = this.#options;
    const sweep = () => {
      if (!tables.isReady) return;
      this.#sweeping ??= this.sweep()
        .catch((error: unknown) => log.warn({ error }, 'uploads could not be swept'))
        .finally(() => {
          this.#sweeping = undefined;
        });
    };
    const timer = setInterval(sweep, SWEEP_EVERY_MS);
    sweep();
    return {
      close: async () => {
        clearInterval(timer);
        await this.sessions.close();
        await this.#sweeping;
      },
    };
  }

  /** `stillMs`: how long nobody has moved what is taken for left behind. */
  async sweep(stillMs = STILL_MS): Promise<void> {
    const { tables, log } = this.#options;
    const tried = async (work: Promise<unknown>, about: object) => {
      await work.catch((error: unknown) => log.warn({ error, ...about }, 'an upload could not be settled'));
    };
    for (const row of await tables.unsettled(stillMs)) {
      const { id: upload } = row;
      if (row.state === 'open') await tried(this.#expire(row), { upload });
      else if (row.state === 'stored') await tried(this.#tell(row), { upload });
      else await tried(this.#resume(row), { upload });
    }
    for (const { id: session } of await tables.wholeSessions(stillMs)) await tried(this.complete(session), { session });
    for (const session of await tables.endedSessions()) await tried(this.sessions.remove(session), session);
    await tables.prune();
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
    const before = await this.#row(uploadId);
    if (before.sizeBytes !== null && before.sizeBytes !== sizeBytes) throw unfinished(sizeBytes);
    const row = await tables.change(uploadId, { state: 'storing', sessionId }, ['open']);
    if (row) return row;
    const is = await this.#row(uploadId);
    if (is.state === 'storing' && is.sessionId === sessionId) return is;
    throw is.state === 'expired' ? over() : finished(is.state);
  }

  /** Publishes if what has come has the checksum it should, as far as that can be known before. */
  async #checked(session: StoredUploadSession, upload: StoredMediaUpload | undefined, publish: () => Promise<void>) {
    const expected = upload?.sha256 ?? undefined;
    const before = await this.sessions.sha256Of(session, expected !== undefined);
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

  /** The library hears of it, as often as it takes. */
  async #tell(row: StoredMediaUpload): Promise<void> {
    const { library, tables } = this.#options;
    const { id, asset, storage, object, storedBytes, storedSha256 } = row;
    const fetch = fetchOf(row);
    // An asset that was deleted meanwhile wants nothing any more.
    if (asset !== null && (await library.find(asset))) {
      const sha256 = storedSha256 === null ? {} : { sha256: storedSha256 };
      await library.uploaded(asset, { storage, object, sizeBytes: storedBytes ?? 0, fetch, ...sha256 });
    }
    await tables.change(id, { state: 'done', finishedAt: this.#now() }, ['stored']);
  }

  /** Whoever stored it is gone. */
  async #resume({ id, sessionId }: StoredMediaUpload): Promise<void> {
    const { tables } = this.#options;
    const session = sessionId === null ? undefined : await tables.session(sessionId);
    if (session?.state === 'open') return void (await this.complete(session.id));
    if (session) {
      const stored = { state: 'stored', storedBytes: session.receivedBytes } as const;
      const row = await tables.change(id, stored, ['storing']);
      return row && this.#tell(row);
    }
    await tables.change(id, { state: 'open', sessionId: null }, ['storing']);
  }

  /** A session that goes on keeps its upload open, for a week at most. */
  async #expire(row: StoredMediaUpload): Promise<void> {
    const { tables, wallMs } = this.#options;
    const sessions = await tables.sessionsOf(row.id);
    const lastMs = Math.max(...sessions.map(({ expiresAt }) => expiresAt.getTime()), 0);
    const end = Math.min(lastMs, row.createdAt.getTime() + MOST_DAYS * 86_400_000);
    if (end > wallMs()) return void (await tables.change(row.id, { expiresAt: new Date(end) }, ['open']));
    const failure = { code: 'UPLOAD_OVER', message: 'it did not come in time' };
    const changes = { state: 'expired', failure, finishedAt: this.#now() } as const;
    const over = await tables.change(row.id, changes, ['open']);
    if (over) await this.#end(over);
  }

  /** Nothing of it is needed any more. */
  async #end(row: StoredMediaUpload): Promise<void> {
    const { id, asset, failure } = row;
    const fetch = fetchOf(row);
    const { tables, library } = this.#options;
    for (const session of await tables.sessionsOf(id)) await this.sessions.remove(session);
    if (asset === null || !(await library.find(asset))) return;
    const about = { ...(fetch && { fetch }), ...(failure && { failure }) };
    await library.setStatus(asset, 'UploadFail', ['Uploading'], about);
  }

  /** That this process still stores it. */
  async #beat(upload: StoredMediaUpload | undefined): Promise<void> {
    if (upload) await this.#options.tables.change(upload.id, {}, ['storing']);
  }

  async #receivedBytes(uploadId: string): Promise<number> {
    const sessions = await this.#options.tables.sessionsOf(uploadId);
    return Math.max(0, ...sessions.map(({ receivedBytes }) => receivedBytes));
  }

  async #row(id: string): Promise<StoredMediaUpload> {
    const row = await this.#options.tables.find(id);
    if (!row) throw noUpload();
    return row;
  }

  #now(): Date {
    return new Date(this.#options.wallMs());
  }
}

/** As OSS has it: of one part the MD5 of the MD5s, and how many there are. */
function tagOf(md5s: readonly string[]): string {
  const all = createHash('md5');
  for (const md5 of md5s) all.update(Buffer.from(md5, 'hex'));
  return `${all.digest('hex')}-${md5s.length}`;
}

function fetchOf({ id, sourceUrl }: StoredMediaUpload) {
  return sourceUrl === null ? undefined : { upload: id, url: sourceUrl };
}

function publishedOf({ receivedBytes: sizeBytes, metadata: { tag, md5 = '', crc64 } }: StoredUploadSession): Published {
  return { sizeBytes, tag: tag ?? md5, ...(crc64 === undefined ? {} : { crc64 }) };
}

function noUpload(): UploadError {
  return new UploadError('UPLOAD_NOT_FOUND', 'there is no such upload', 'Ask for one (createUpload).');
}

function over(): UploadError {
  return new UploadError('UPLOAD_OVER', 'the time of the upload is over', 'Ask for another one (createUpload).');
}

function finished(state: string): UploadError {
  return new UploadError('UPLOAD_FINISHED', `the upload is ${state}`, 'Ask for another one (createUpload).');
}

function unfinished(sizeBytes: number): UploadError {
  const remedy = 'Send the rest, then complete it.';
  return new UploadError('UPLOAD_UNFINISHED', `${sizeBytes} bytes are there, which is not all of it`, remedy);
}

function busy(object: string): UploadError {
  const remedy = 'Use the credentials of its upload, or another name.';
  return new UploadError('OBJECT_BUSY', `${object} is being uploaded as an asset`, remedy);
}
