import { open } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Archive, Pin } from '../archive/index.ts';
import { within } from '../deadline/index.ts';
import { type Clock, type Registry, type StreamId, streamKey } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import { EntryCatalogue } from '../record/index.ts';
import { StorageError, type Storages, type StoredObject } from '../storage/index.ts';
import { Arrivals } from './arrivals.ts';
import {
  type AskedClip,
  agedClip,
  type Clip,
  clipTitle,
  type ExpiredClip,
  type KeptClip,
  newClipId,
  type ReadyClip,
} from './clip.ts';
import { type ClipMaker, type ClipUpload, nothingToClip } from './clip-maker.ts';
import { clipRange, type WallRange, type WantedRange } from './clip-range.ts';
import type { ClipWork, Ticket } from './clip-work.ts';

/** Where clips of a stream go and for how long, how long its segments are, and whether it is in the archive at all. */
export type ClipRule = {
  readonly storage: string;
  /** 0 for ever. */
  readonly keepDays: number;
  readonly segmentMs: number;
  readonly isKept: boolean;
};

export type ClipsOptions = {
  readonly archive: Pick<Archive, 'between' | 'find' | 'stream' | 'streams' | 'folderOf' | 'addPins'>;
  readonly registry: Pick<Registry, 'find' | 'listen'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly storages: Storages;
  readonly maker: Pick<ClipMaker, 'open' | 'fileOf' | 'make'>;
  readonly work: ClipWork;
  readonly ruleOf: (id: StreamId) => ClipRule;
};

export type NewClip = {
  readonly wanted: WantedRange;
  readonly title?: string | undefined;
  readonly isExact?: boolean | undefined;
  /** `api`, `hotkey`. */
  readonly by: string;
};

/** A part of one of a clip's files, or all of it. */
export type ClipContent = { readonly body: Readable };

type Job = {
  readonly id: StreamId;
  readonly abort: AbortController;
  isDeleted: boolean;
  /** The first segment that it needs. */
  from: number;
  done: Promise<void>;
};

/** Beyond a segment's length, until it is in the archive. */
const ARRIVAL_MS = 2000;
const LONGEST_ARRIVAL_MS = 60_000;
/** What may be needed of before, in segments. */
const PINNED_BEFORE = 60;
const MAKE_MS = 600_000;
/** Where one looks for what came behind a moment. */
const BEHIND_MS = 3_600_000;
const LOST = 'the server could not keep what became of it: its log says why';

/** Clips of all streams: asked for, made one after the other, kept until somebody deletes them or rules do. */
export class Clips {
  readonly #options: ClipsOptions;
  readonly #catalogue: EntryCatalogue<Clip>;
  readonly #jobs = new Map<string, Job>();
  readonly #arrivals: Arrivals;
  readonly #closing = new AbortController();
  readonly #ends: (() => void)[];

  private constructor(options: ClipsOptions) {
    this.#options = options;
    this.#catalogue = new EntryCatalogue((id) => options.archive.folderOf(id), 'clips');
    this.#arrivals = new Arrivals(options.clock);
    this.#ends = [
      options.archive.addPins(() => this.#pins()),
      options.registry.listen({
        ended: ({ id }) => this.#arrivals.changed(id),
        renditionEnded: ({ id }) => this.#arrivals.changed(id),
      }),
    ];
  }

  /** Goes on with what a server that is no more was asked for. */
  static async open(options: ClipsOptions): Promise<Clips> {
    await options.maker.open();
    const clips = new Clips(options);
    for await (const id of options.archive.streams()) {
      for (const clip of await clips.#catalogue.all(id)) {
        if (clip.state === 'making') clips.#begin(id, clip, options.work.enter({ isOwed: true }));
      }
    }
    return clips;
  }

  /** A segment of the stream is in the archive. */
  kept(id: StreamId): void {
    this.#arrivals.changed(id);
  }

  /** The clip, which is made from now on. Throws ClipError. */
  async make(id: StreamId, { wanted, title, isExact = true, by }: NewClip): Promise<KeptClip> {
    const { clock, work, ruleOf } = this.#options;
    const range = clipRange(wanted, await this.#endMs(id), clock.wallMs());
    if (!(await this.#isThere(id, range))) throw nothingToClip();
    const ticket = work.enter();
    const clipId = newClipId();
    const clip = {
      ...{ id: clipId, title: clipTitle(title ?? '', id.name), by, askedAtMs: clock.wallMs(), ...range },
      ...('seconds' in wanted ? { lengthMs: wanted.seconds * 1000 } : {}),
      ...{ wantsExact: isExact, storage: ruleOf(id).storage, object: objectOf(id, clipId) },
      state: 'making',
    } as const;
    try {
      await this.#catalogue.put(id, clip);
    } catch (error) {
      ticket.leave();
      throw error;
    }
    this.#begin(id, clip, ticket);
    return clip;
  }

  /** The newest first, without those that have expired. */
  async list(id: StreamId): Promise<KeptClip[]> {
    const clips = (await this.#catalogue.all(id)).map((clip) => this.#current(id, clip));
    return clips.filter((clip) => clip.state !== 'expired').reverse();
  }

  /** Those that have, and whose files may still be there. */
  async expired(id: StreamId): Promise<ExpiredClip[]> {
    const clips = await this.#catalogue.all(id);
    return clips.flatMap((clip) => {
      const current = this.#current(id, clip);
      return current.state === 'expired' && clip.state !== 'expired' ? [current] : [];
    });
  }

  /** Deletes its files; that it was there stays known to those who have its link. */
  async expire(id: StreamId, clip: ExpiredClip): Promise<void> {
    await this.#deleteObjects(clip);
    await this.#catalogue.put(id, clip);
  }

  async find(id: StreamId, clipId: string): Promise<Clip | undefined> {
    const found = await this.#catalogue.find(id, clipId);
    return found && this.#current(id, found);
  }

  /** The same, once it is ready or failed, but after so long however it is. */
  async settled(id: StreamId, clipId: string, timeoutMs: number): Promise<Clip | undefined> {
    const job = this.#jobs.get(clipId);
    if (job && streamKey(job.id) === streamKey(id)) {
      let stopTimer = () => {};
      const timeUp = new Promise<void>((resolve) => {
        stopTimer = this.#options.clock.after(timeoutMs, resolve);
      });
      await Promise.race([job.done, timeUp]);
      stopTimer();
    }
    return this.find(id, clipId);
  }

  /** Deletes its files and the clip, whether it is made or not; says whether it was there. */
  async delete(id: StreamId, clipId: string): Promise<boolean> {
    const clip = await this.#catalogue.find(id, clipId);
    if (!clip) return false;
    const job = this.#jobs.get(clipId);
    if (job) {
      job.isDeleted = true;
      job.abort.abort();
      await job.done;
    }
    await this.#deleteObjects(clip);
    await this.#catalogue.remove(id, clipId);
    return true;
  }

  /** `end` is not in the range any more. Undefined where the file is gone. */
  async content(
    clip: ReadyClip,
    file: 'mp4' | 'jpg',
    range?: { readonly start: number; readonly end: number },
  ): Promise<ClipContent | undefined> {
    const object = file === 'mp4' ? clip.object : clip.poster?.object;
    if (object === undefined) return undefined;
    const bounds = range && { start: range.start, end: range.end - 1 };
    const here = await open(this.#options.maker.fileOf(clip.id, file), 'r').catch(() => undefined);
    if (here) return { body: here.createReadStream(bounds ?? {}) };
    try {
      return await this.#options.storages.get(clip.storage).get(object, bounds ? { range: bounds } : {});
    } catch (error) {
      if (error instanceof StorageError && error.code === 'OBJECT_NOT_FOUND') return undefined;
      throw error;
    }
  }

  /** An upload of a clip is in its storage; what was deleted or has expired meanwhile is deleted there, too. */
  async stored({ storage, name, data }: StoredObject, removeFile: (file: string) => Promise<void>): Promise<void> {
    const { stream, clipId, file } = data as ClipUpload;
    const clip = await this.#catalogue.find(stream, clipId);
    if (!clip || clip.state === 'expired') await this.#options.storages.get(storage).delete(name);
    await removeFile(file);
  }

  /** Breaks off what is being made; it is begun again at the next start. */
  async close(): Promise<void> {
    for (const end of this.#ends) end();
    this.#closing.abort();
    const jobs = [...this.#jobs.values()];
    for (const job of jobs) job.abort.abort();
    await Promise.all(jobs.map(({ done }) => done));
  }

  /** Where its last seconds end: now while it is published, else where it ended. */
  async #endMs(id: StreamId): Promise<number> {
    const { archive, clock } = this.#options;
    if (this.#isGrowing(id)) return clock.wallMs();
    const last = await archive.find(id, await archive.stream(id).lastNumber());
    // Behind its last packet, so that what is shown later than it is decoded is in it.
    return last ? Math.floor(last.wallMs + last.durationMs) + 1 : clock.wallMs();
  }

  #isGrowing(id: StreamId): boolean {
    return this.#options.registry.find(id)?.state === 'publishing' && this.#options.ruleOf(id).isKept;
  }

  /** In the archive, or about to be. */
  async #isThere(id: StreamId, { startMs, endMs }: WallRange): Promise<boolean> {
    const stream = this.#options.registry.find(id);
    const nowMs = this.#options.clock.wallMs();
    const isComing = stream && this.#isGrowing(id) && endMs > nowMs - this.#arrivalMs(id);
    if (isComing && endMs > stream.startedWallMs) return true;
    return (await this.#options.archive.between(id, startMs, endMs)).length > 0;
  }

  #begin(id: StreamId, clip: AskedClip, ticket: Ticket): void {
    const job: Job = { id, abort: new AbortController(), isDeleted: false, from: 0, done: Promise.resolve() };
    this.#jobs.set(clip.id, job);
    job.done = this.#make(clip, job, ticket).finally(() => this.#jobs.delete(clip.id));
  }

  async #make(clip: AskedClip, job: Job, ticket: Ticket): Promise<void> {
    const { maker, log } = this.#options;
    const { id, abort } = job;
    try {
      const [first] = await this.#options.archive.between(id, clip.startMs, clip.endMs);
      if (first) job.from = first.number - PINNED_BEFORE;
      await this.#untilKept(id, clip.endMs, abort.signal);
      const made = await ticket.run(() => {
        abort.signal.throwIfAborted();
        return within(MAKE_MS, abort.signal, (signal) => maker.make(id, clip, signal));
      });
      const { wallMs: startMs, durationMs } = made;
      const range = clip.lengthMs === undefined ? {} : { startMs, endMs: startMs + durationMs };
      await this.#catalogue.put(id, { ...clip, ...range, state: 'ready', ...made });
    } catch (error) {
      ticket.leave();
      if (this.#closing.signal.aborted || job.isDeleted) return;
      log.error({ error, ...id, clip: clip.id }, 'clip could not be made');
      await this.#fail(id, clip, error);
    }
  }

  async #fail(id: StreamId, clip: AskedClip, error: unknown): Promise<void> {
    const reason = error instanceof Error && error.name === 'TimeoutError' ? 'it took too long' : messageOf(error);
    await this.#catalogue.put(id, { ...clip, state: 'failed', reason }).catch((cause: unknown) => {
      this.#options.log.error({ error: cause, ...id, clip: clip.id }, 'that a clip failed could not be kept');
    });
  }

  /** How long it takes until a moment is in the archive: the segment that is being filled ends with the next key frame. */
  #arrivalMs(id: StreamId): number {
    const keyIntervalMs = this.#options.registry.find(id)?.keyIntervalMs ?? 0;
    return Math.min(LONGEST_ARRIVAL_MS, Math.max(this.#options.ruleOf(id).segmentMs, keyIntervalMs) + ARRIVAL_MS);
  }

  async #untilKept(id: StreamId, endMs: number, signal: AbortSignal): Promise<void> {
    const { archive } = this.#options;
    const timeoutMs = this.#arrivalMs(id);
    const isThere = async () =>
      !this.#isGrowing(id) || (await archive.between(id, endMs - 1, endMs + BEHIND_MS)).length > 0;
    await this.#arrivals.until(id, isThere, { timeoutMs, signal });
    signal.throwIfAborted();
  }

  *#pins(): Generator<Pin> {
    for (const { id, from } of this.#jobs.values()) yield { id, from, to: Number.MAX_SAFE_INTEGER };
  }

  /** One that nobody makes any more, though it says so, could not be written. */
  #current(id: StreamId, clip: Clip): Clip {
    const isLost = clip.state === 'making' && !this.#jobs.has(clip.id);
    const known: Clip = isLost ? { ...clip, state: 'failed', reason: LOST } : clip;
    return agedClip(known, this.#options.ruleOf(id).keepDays, this.#options.clock.wallMs());
  }

  async #deleteObjects(clip: Clip): Promise<void> {
    const storage = this.#options.storages.get(clip.storage);
    await storage.delete(clip.object);
    await storage.delete(clip.object.replace(/mp4$/, 'jpg'));
  }
}

function objectOf({ app, name }: StreamId, clipId: string): string {
  return `clips/${app}/${name}/${clipId}.mp4`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
