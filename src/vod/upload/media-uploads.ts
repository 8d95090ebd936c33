import { randomBytes } from 'node:crypto';
import { checkObjectName } from '../../storage/index.ts';
import type { MediaUploadFilter, NewMediaUpload, NewUploadSession, StoredUploadSession } from '../../store/index.ts';
import { OssSums } from './checked-bytes.ts';
import {
  type NewUploadOfAsset,
  objectOf,
  type RegisteredObject,
  storedUpload,
  type Upload,
  type UploadLibrary,
  uploadOf,
} from './upload.ts';
import { type NamedPart, type Published, UploadCompletion } from './upload-completion.ts';
import { UploadEnds } from './upload-ends.ts';
import { busy, finished, noUpload, over, tooLarge, UploadError, wrongChecksum } from './upload-error.ts';
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

/** Uploads of media: what was asked for, and that what came of it is told to the library, over any crash. */
export class MediaUploads {
  readonly #options: MediaUploadsOptions;
  readonly sessions: UploadSessions;
  readonly #completion: UploadCompletion;
  readonly #ends: UploadEnds;

  constructor(options: MediaUploadsOptions) {
    this.#options = options;
    this.sessions = new UploadSessions(options);
    const { sessions } = this;
    this.#completion = new UploadCompletion({ ...options, sessions });
    this.#ends = new UploadEnds({ ...options, sessions, completion: this.#completion });
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
    const row = await storedUpload(this.#options.tables, id);
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
    const row = await storedUpload(this.#options.tables, id);
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
    return this.#completion.complete(id, named);
  }

  /** Ends an upload that is not finished, and removes what has come of it. */
  abort(id: string): Promise<void> {
    return this.#ends.abort(id);
  }

  /** It cannot come: what is wrong is written down, and its asset has failed. */
  fail(id: string, failure: { readonly code: string; readonly message: string }): Promise<void> {
    return this.#ends.fail(id, failure);
  }

  /** Goes on with what a crash left, and ends what nobody comes back for, until it is stopped. */
  start(): { close(): Promise<void> } {
    return this.#ends.start();
  }

  /** `stillMs`: how long nobody has moved what is taken for left behind. */
  sweep(stillMs?: number): Promise<void> {
    return this.#ends.sweep(stillMs);
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
    await this.#completion.tell(await storedUpload(this.#options.tables, row.id));
    return { asset, isNew: true };
  }

  async #receivedBytes(uploadId: string): Promise<number> {
    const sessions = await this.#options.tables.sessionsOf(uploadId);
    return Math.max(0, ...sessions.map(({ receivedBytes }) => receivedBytes));
  }
}
