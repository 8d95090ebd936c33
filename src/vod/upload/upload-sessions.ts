import { type Storages, storageError } from '../../storage/index.ts';
import type { Logger, MediaUploadTables, StoredUploadPart, StoredUploadSession } from '../../store/index.ts';
import { BucketLanding } from './bucket-landing.ts';
import { type Checksum, exactly, OssSums, RunningHashes, type Sum, sumOf } from './checked-bytes.ts';
import { FolderLanding } from './folder-landing.ts';
import { type Appender, type Bytes, type Landing, SYNC_BYTES } from './landing.ts';
import { OneAtATime } from './one-at-a-time.ts';
import { takenOver, tooLarge, UploadError, wrongChecksum } from './upload-error.ts';

/** What is wanted of the bytes of one request, or found in them. */
export type AppendOptions = {
  /** Where they begin; what was received before must end there. */
  readonly atByte: number;
  /** Of these bytes; where they have another, none of them are kept. */
  readonly checksum?: Checksum | undefined;
};

export type SessionsOptions = {
  readonly tables: MediaUploadTables;
  readonly storages: Storages;
  /** For what is not in its bucket yet. */
  readonly folder: string;
  /** What stays free on disks. */
  readonly freeBytes: number;
  /** How long a session waits for more. */
  readonly idleMs: number;
  readonly newId: () => string;
  readonly wallMs: () => number;
  readonly log: Logger;
};

const MOST_PARTS = 10_000;

/** Bytes as they come in: appended by one writer at a time, or in numbered parts. */
export class UploadSessions {
  readonly #options: SessionsOptions;
  readonly #turns = new OneAtATime();
  readonly #writers = new Map<string, AbortController>();
  readonly #hashes = new RunningHashes();
  readonly #landings = new Map<string, Landing>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  /** Throws UPLOAD_NOT_FOUND and UPLOAD_OVER. */
  async find(id: string): Promise<StoredUploadSession> {
    const session = await this.#options.tables.session(id);
    if (!session) throw noSession();
    if (session.expiresAt.getTime() <= this.#options.wallMs()) throw over();
    return session;
  }

  /** Those of a session that are there, in the order of their numbers. */
  parts(id: string, page: { readonly after?: number; readonly limit?: number } = {}): Promise<StoredUploadPart[]> {
    return this.#options.tables.parts(id, page);
  }

  /** Open multipart uploads whose objects begin so. */
  multiparts(storage: string, prefix: string, limit: number): Promise<StoredUploadSession[]> {
    return this.#options.tables.multiparts(storage, prefix, limit);
  }

  /** The last one that became this object, as long as it is known. */
  lastDone(storage: string, object: string): Promise<StoredUploadSession | undefined> {
    return this.#options.tables.lastDone(storage, object);
  }

  /** How much there is of it, once whoever writes it has stopped. */
  async settled(id: string): Promise<StoredUploadSession> {
    this.#writers.get(id)?.abort(takenOver());
    return this.#turns.run(id, () => this.find(id));
  }

  /**
   * Takes bytes behind those that are there; whoever wrote before is sent away. What has come survives, also where it
   * breaks off.
   */
  append(id: string, bytes: Bytes, options: AppendOptions): Promise<StoredUploadSession> {
    return this.#alone(id, id, async (signal) => {
      const { tables, newId } = this.#options;
      const session = await this.#openSession(id);
      const writer = newId();
      await tables.changeSession(id, { writer });
      const appender = await this.#landingOf(session).append(session);
      try {
        if (appender.atByte !== session.receivedBytes) await this.#note(session, writer, appender.atByte);
        if (options.atByte !== appender.atByte) throw wrongOffset(options.atByte, appender.atByte);
        return await this.#take(session, { appender, writer, signal, ...options }, bytes);
      } catch (error) {
        return inWords(session.object)(error);
      } finally {
        await appender.close();
      }
    });
  }

  /** Takes a numbered part whole; the same number again replaces it. */
  part(
    id: string,
    number: number,
    sizeBytes: number,
    bytes: Bytes,
    md5: string | undefined,
  ): Promise<StoredUploadPart> {
    if (!Number.isInteger(number) || number < 1 || number > MOST_PARTS) {
      throw new UploadError('UPLOAD_PART', `there is no part ${number}`, `Number parts from 1 to ${MOST_PARTS}.`);
    }
    return this.#alone(`${id}/${number}`, `${id}/${number}`, async (signal) => {
      const { tables } = this.#options;
      const session = await this.#openSession(id);
      const before = await tables.part(id, number);
      const moreBytes = sizeBytes - (before?.sizeBytes ?? 0);
      if (session.receivedBytes + moreBytes > session.limitBytes) throw tooLarge(session.limitBytes);
      const sums = new OssSums();
      const passing = sums.over(exactly(sizeBytes, untilAborted(bytes, signal)));
      if (before?.piece) return this.#sameAgain(before, passing, sums);
      // From now on the old bytes are no longer whole.
      if (before) await tables.removePart(id, number);
      const landing = this.#landingOf(session);
      const { atByte } = await landing.putPart(session, number, sizeBytes, passing).catch(inWords(session.object));
      const found = sums.end();
      if (md5 !== undefined && md5 !== found.md5) throw wrongChecksum(`part ${number}`);
      await tables.putPart({ sessionId: id, number, ...found, atByte, piece: null }, moreBytes);
      await landing.settleParts(session);
      await tables.changeSession(id, { expiresAt: this.#nextEnd() });
      return { sessionId: id, number, ...found, atByte, piece: null, modifiedAt: new Date(this.#options.wallMs()) };
    });
  }

  /** What the object of it would have as SHA-256, where that can be known before it has its name. */
  async sha256Of(session: StoredUploadSession, mayRead: boolean): Promise<string | undefined> {
    const hash = this.#hashes.take(session.id, session.receivedBytes);
    if (hash && session.way !== 'multipart') return hash.digest('hex');
    return mayRead ? this.#landingOf(session).sha256Of(session) : undefined;
  }

  /** Gives the object its name. */
  async publish(session: StoredUploadSession, sizeBytes: number): Promise<void> {
    await this.#landingOf(session).publish(session, sizeBytes);
  }

  gather(session: StoredUploadSession, parts: readonly StoredUploadPart[]): Promise<void> {
    return this.#landingOf(session).gather(session, parts);
  }

  /** Removes it with its bytes; whoever writes is sent away. */
  async remove(session: StoredUploadSession): Promise<void> {
    const { id } = session;
    for (const [name, writer] of this.#writers) if (name.startsWith(id)) writer.abort(over());
    await this.#turns.run(id, async () => {
      if (session.state === 'open') await this.#landingOf(session).discard(session);
      await this.#options.tables.removeSession(id);
    });
  }

  /** Nobody writes any more; what has come survives. */
  async close(): Promise<void> {
    for (const writer of this.#writers.values()) writer.abort(over());
    await Promise.all([...this.#writers.keys()].map((name) => this.#turns.run(name, async () => undefined)));
  }

  /** Sends away whoever has the name, waits for his end, and goes on. */
  async #alone<T>(name: string, turn: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    this.#writers.get(name)?.abort(takenOver());
    const writer = new AbortController();
    this.#writers.set(name, writer);
    try {
      return await this.#turns.run(turn, () => {
        writer.signal.throwIfAborted();
        return work(writer.signal);
      });
    } finally {
      if (this.#writers.get(name) === writer) this.#writers.delete(name);
    }
  }

  async #openSession(id: string): Promise<StoredUploadSession> {
    const session = await this.find(id);
    if (session.state === 'open') return session;
    throw new UploadError('UPLOAD_FINISHED', 'the upload is finished', 'Begin another one.');
  }

  async #take(
    session: StoredUploadSession,
    { appender, writer, signal, checksum }: AppendOptions & Writing,
    bytes: Bytes,
  ): Promise<StoredUploadSession> {
    const { id, limitBytes } = session;
    const begin = appender.atByte;
    const hash = this.#hashes.take(id, begin);
    const sum = checksum && sumOf(checksum.algorithm);
    let noted = begin;
    let isWhole = false;
    try {
      for await (const chunk of untilAborted(bytes, signal)) {
        if (appender.atByte + chunk.length > (session.sizeBytes ?? limitBytes)) throw tooLarge(limitBytes);
        await appender.write(chunk);
        hash?.update(chunk);
        sum?.update(chunk);
        // What may have to be forgotten stays where it can be.
        if (sum || appender.atByte - noted < SYNC_BYTES) continue;
        await appender.sync();
        await this.#note(session, writer, appender.atByte);
        noted = appender.atByte;
      }
      if (sum && checksum && !isRight(sum, checksum)) throw wrongChecksum('the chunk');
      isWhole = true;
    } finally {
      if (sum && !isWhole) await appender.cutTo(begin);
      else await this.#keep(session, appender, writer).catch(isWhole ? undefined : () => undefined);
      if (!sum || isWhole) this.#hashes.put(id, hash, appender.atByte);
    }
    return this.find(id);
  }

  /** On a disk that is full even this may fail; then what was noted before is what there is. */
  async #keep(session: StoredUploadSession, appender: Appender, writer: string): Promise<void> {
    await appender.sync();
    await this.#note(session, writer, appender.atByte);
  }

  async #note({ id }: StoredUploadSession, writer: string, receivedBytes: number): Promise<void> {
    const expiresAt = this.#nextEnd();
    const row = await this.#options.tables.changeSession(id, { receivedBytes, expiresAt }, writer);
    if (!row) throw takenOver();
  }

  #nextEnd(): Date {
    return new Date(this.#options.wallMs() + this.#options.idleMs);
  }

  /** A part that can no longer be replaced may come again, as when its answer was lost. */
  async #sameAgain(before: StoredUploadPart, bytes: Bytes, sums: OssSums): Promise<StoredUploadPart> {
    for await (const _ of bytes);
    if (sums.end().md5 === before.md5) return before;
    const remedy = 'Begin a new upload; parts that follow on each other cannot be taken back.';
    throw new UploadError('UPLOAD_PART_GONE', `part ${before.number} is in the bucket already`, remedy);
  }

  #landingOf({ storage: name }: StoredUploadSession): Landing {
    const known = this.#landings.get(name);
    if (known) return known;
    const { storages, tables, folder, freeBytes } = this.#options;
    const storage = storages.get(name);
    const { incoming } = storage;
    const shared = { storage, tables, freeBytes };
    const landing =
      incoming.kind === 'file'
        ? new FolderLanding({ ...shared, files: incoming })
        : new BucketLanding({ ...shared, parts: incoming, folder });
    this.#landings.set(name, landing);
    return landing;
  }
}

type Writing = { readonly appender: Appender; readonly writer: string; readonly signal: AbortSignal };

/** Ends with what the signal says, also while nothing comes. */
async function* untilAborted(bytes: Bytes, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]();
  let refuse: (reason: unknown) => void = () => undefined;
  const onAbort = () => refuse(signal.reason);
  signal.addEventListener('abort', onAbort);
  try {
    for (;;) {
      // A race with one lasting promise would keep something of each chunk.
      const { value, done } = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        refuse = reject;
        if (signal.aborted) reject(signal.reason);
        else iterator.next().then(resolve, reject);
      });
      if (done) return;
      yield value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // One that waits for bytes does not come back from this before they are there.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

/** What a file system says is said in the words of storages. */
function inWords(object: string) {
  return (error: unknown): never => {
    const isErrno = error instanceof Error && 'errno' in error && !('status' in error);
    throw isErrno && !isOfNetwork(error) ? storageError(object, error) : error;
  };
}

const isOfNetwork = (error: Error) => /^(ECONN|EPIPE|HPE_|ERR_)/.test(String((error as NodeJS.ErrnoException).code));

function isRight(sum: Sum, { value }: Checksum): boolean {
  return sum.value().equals(value);
}

function noSession(): UploadError {
  return new UploadError('UPLOAD_NOT_FOUND', 'there is no such upload', 'Begin a new one.');
}

function over(): UploadError {
  return new UploadError('UPLOAD_OVER', 'the time of the upload is over', 'Begin a new one.');
}

function wrongOffset(asked: number, is: number): UploadError {
  const remedy = 'Ask how far it is (HEAD) and go on from there.';
  return new UploadError(
    'UPLOAD_OFFSET',
    `bytes from ${asked} on were sent, and those from ${is} on are missing`,
    remedy,
  );
}
