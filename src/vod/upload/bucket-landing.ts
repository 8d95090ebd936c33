import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type BucketParts, type Storage, StorageError } from '../../storage/index.ts';
import type { MediaUploadTables, StoredUploadPart, StoredUploadSession } from '../../store/index.ts';
import { checkRoom } from './disk-room.ts';
import type { Appender, Bytes, Landing, PlacedPart } from './landing.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { UploadError } from './upload-error.ts';
import { WrittenFile, writePlaced } from './written-file.ts';

const READ_BYTES = 262_144;
const PIECE_BYTES = 8_388_608;
/** Pieces double each time there are so many, as a bucket takes 10,000 of them. */
const SAME_PIECES = 1000;

type BucketLandingOptions = {
  readonly storage: Pick<Storage, 'name' | 'put' | 'head'>;
  readonly parts: BucketParts;
  readonly tables: MediaUploadTables;
  /** For what is not in the bucket yet. */
  readonly folder: string;
  readonly freeBytes: number;
};

/** Bytes on this disk that make a piece of the object: files behind each other. */
type Files = readonly { readonly file: string; readonly sizeBytes: number }[];

/** Bytes wait on this disk until there are enough of them for a piece of a bucket's multipart upload. */
export class BucketLanding implements Landing {
  readonly #options: BucketLandingOptions;
  readonly #settling = new OneAtATime();

  constructor(options: BucketLandingOptions) {
    this.#options = options;
  }

  async append(session: StoredUploadSession): Promise<Appender> {
    const folder = await this.#folderFor(session, 2 * PIECE_BYTES);
    const pieces = await this.#options.tables.pieces(session.id);
    const fromByte = pieces.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const open = (from: number, keptBytes: number) => WrittenFile.open(join(folder, `tail-${from}`), keptBytes);
    let tail = await open(fromByte, Math.max(0, session.receivedBytes - fromByte));
    let [begin, count] = [fromByte, pieces.length];
    return {
      get atByte() {
        return begin + tail.atByte;
      },
      write: (bytes) => tail.write(bytes),
      cutTo: (byte) => tail.cutTo(byte - begin),
      close: () => tail.close(),
      sync: async () => {
        await tail.sync();
        if (tail.atByte < this.#pieceBytes(count)) return;
        const [file, sizeBytes] = [join(folder, `tail-${begin}`), tail.atByte];
        await this.#putPiece(session, count + 1, [{ file, sizeBytes }]);
        await tail.close();
        await rm(file, { force: true });
        [begin, count] = [begin + sizeBytes, count + 1];
        tail = await open(begin, 0);
      },
    };
  }

  async putPart(session: StoredUploadSession, number: number, sizeBytes: number, bytes: Bytes): Promise<PlacedPart> {
    const known = await this.#options.tables.part(session.id, number);
    if (known?.piece) throw partGone(number);
    const file = join(await this.#folderFor(session, sizeBytes), `part-${number}`);
    await rm(`${file}.coming`, { force: true });
    await writePlaced(`${file}.coming`, 0, sizeBytes, bytes);
    await rename(`${file}.coming`, file);
    return { atByte: null };
  }

  /** What follows without a gap on what is in the bucket goes there, as soon as it is enough. */
  settleParts(session: StoredUploadSession): Promise<void> {
    return this.#settling.run(session.id, async () => {
      const { tables } = this.#options;
      const count = (await tables.pieces(session.id)).length;
      await this.#putPieces(session, count, await tables.partsForPieces(session.id), false);
    });
  }

  /** A bucket gives nothing back before it is whole. */
  async sha256Of(): Promise<undefined> {
    return undefined;
  }

  gather(session: StoredUploadSession, parts: readonly StoredUploadPart[]): Promise<void> {
    return this.#settling.run(session.id, async () => {
      const pieces = await this.#options.tables.pieces(session.id);
      const waiting = parts.filter(({ piece }) => !piece);
      await this.#putPieces(session, pieces.length, waiting, true);
    });
  }

  async publish(session: StoredUploadSession, sizeBytes: number): Promise<void> {
    if (session.way === 'multipart') await this.#complete(session, sizeBytes);
    else await this.#settling.run(session.id, () => this.#publishTail(session));
    await this.#removeFolder(session);
  }

  async discard(session: StoredUploadSession): Promise<void> {
    await this.#removeFolder(session);
    const key = session.bucketKey ?? (await this.#options.tables.session(session.id))?.bucketKey;
    if (key) await this.#options.parts.abort(session.object, key);
  }

  async #publishTail(session: StoredUploadSession): Promise<void> {
    const pieces = await this.#options.tables.pieces(session.id);
    const begin = pieces.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const sizeBytes = session.receivedBytes - begin;
    const files = [{ file: join(this.#folderOf(session), `tail-${begin}`), sizeBytes }];
    if (pieces.length === 0) return this.#putWhole(session, files[0]?.file ?? '');
    if (sizeBytes > 0) await this.#putPiece(session, pieces.length + 1, files);
    await this.#complete(session, session.receivedBytes);
  }

  /** Of parts in their order; the last piece may be small where it is the end. */
  async #putPieces(session: StoredUploadSession, had: number, waiting: readonly StoredUploadPart[], isEnd: boolean) {
    const folder = this.#folderOf(session);
    let [count, gathered, gatheredBytes] = [had, [] as StoredUploadPart[], 0];
    for (const [index, part] of waiting.entries()) {
      gathered.push(part);
      gatheredBytes += part.sizeBytes;
      const isLast = isEnd && index === waiting.length - 1;
      if (gatheredBytes < this.#pieceBytes(count) && !isLast) continue;
      const files = gathered.map(({ number, sizeBytes }) => ({ file: join(folder, `part-${number}`), sizeBytes }));
      count += 1;
      await this.#putPiece(session, count, files, gathered);
      for (const { file } of files) await rm(file, { force: true });
      [gathered, gatheredBytes] = [[], 0];
    }
  }

  async #putPiece(session: StoredUploadSession, number: number, files: Files, of: readonly StoredUploadPart[] = []) {
    const { parts, tables } = this.#options;
    const key = await this.#keyOf(session);
    const sizeBytes = files.reduce((sum, each) => sum + each.sizeBytes, 0);
    const md5 = createHash('md5');
    for await (const chunk of readBytes(files)) md5.update(chunk);
    const part = { number, sizeBytes, contentMd5: md5.digest('base64'), open: () => Readable.from(readBytes(files)) };
    const tag = await parts.put(session.object, key, part);
    const numbers = of.map((each) => each.number);
    await tables.putPiece({ sessionId: session.id, number, sizeBytes, tag }, numbers);
  }

  /** What is no longer than a piece needs no multipart upload. */
  async #putWhole(session: StoredUploadSession, file: string): Promise<void> {
    const { contentType, object } = session;
    const options = contentType === null ? {} : { contentType };
    const content = session.receivedBytes === 0 ? { bytes: new Uint8Array() } : { file };
    await this.#options.storage.put(object, content, options);
  }

  async #complete(session: StoredUploadSession, sizeBytes: number): Promise<void> {
    const { parts, tables, storage } = this.#options;
    const tags = (await tables.pieces(session.id)).map(({ tag }) => tag);
    try {
      await parts.complete(session.object, await this.#keyOf(session), tags);
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== 'OBJECT_NOT_FOUND') throw error;
      // It was completed by a process that could not say so any more.
      if ((await storage.head(session.object))?.sizeBytes !== sizeBytes) throw error;
    }
  }

  /** The bucket's own key for the session, asked for once. */
  async #keyOf({ id, object, contentType }: StoredUploadSession): Promise<string> {
    const { parts, tables } = this.#options;
    const known = (await tables.session(id))?.bucketKey;
    if (known) return known;
    const bucketKey = await parts.begin(object, contentType ?? undefined);
    await tables.changeSession(id, { bucketKey });
    return bucketKey;
  }

  #pieceBytes(count: number): number {
    return Math.max(this.#options.parts.leastBytes, PIECE_BYTES * 2 ** Math.floor(count / SAME_PIECES));
  }

  #folderOf({ id }: StoredUploadSession): string {
    return join(this.#options.folder, id);
  }

  async #folderFor(session: StoredUploadSession, sizeBytes: number): Promise<string> {
    const folder = this.#folderOf(session);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await checkRoom(folder, sizeBytes, this.#options.freeBytes);
    return folder;
  }

  #removeFolder(session: StoredUploadSession): Promise<void> {
    return rm(this.#folderOf(session), { recursive: true, force: true });
  }
}

async function* readBytes(files: Files): AsyncGenerator<Uint8Array> {
  for (const { file, sizeBytes } of files) {
    if (sizeBytes > 0) yield* createReadStream(file, { end: sizeBytes - 1, highWaterMark: READ_BYTES });
  }
}

function partGone(number: number): UploadError {
  const remedy = 'Begin a new upload; parts that follow on each other cannot be taken back.';
  return new UploadError('UPLOAD_PART_GONE', `part ${number} is in the bucket already`, remedy);
}
