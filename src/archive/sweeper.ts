import { type StreamId, streamKey } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import type { Archive } from './archive.ts';
import type { SliceState } from './archived-slices.ts';
import { isPinned, slicesToDelete } from './retention.ts';
import type { SliceUploads } from './slice-uploads.ts';
import type { StreamArchive } from './stream-archive.ts';

/** What the rules want of one stream. */
export type KeepRule = {
  readonly keepMs: number;
  /** 0 for any amount. */
  readonly keepBytes: number;
  /** Where slices are copied to; empty for nowhere. */
  readonly storage: string;
  /** So long their files stay here after that. */
  readonly localMs: number;
};

export type SweeperOptions = {
  readonly archive: Archive;
  readonly uploads: Pick<SliceUploads, 'upload' | 'remove'>;
  readonly ruleOf: (id: StreamId) => KeepRule;
  readonly wallMs: () => number;
  readonly log: Logger;
  /** What the slices of all streams take on this disk. */
  readonly onDiskBytes?: (bytes: number) => void;
};

type DayTotals = {
  /** Of the day when it was looked at. */
  readonly changes: number;
  readonly hereBytes: number;
  readonly allBytes: number;
  readonly oldestEndMs: number;
  /** Some are to be copied to the storage. */
  readonly isUploadDue: boolean;
  /** When the first one whose file may go was uploaded. */
  readonly uploadedAtMs: number;
  readonly isEmpty: boolean;
};

const EVERY_MS = 60_000;
/** A sweep does no more, so that a rule that keeps less does not keep the disk from everybody else. */
const MAX_STEPS = 500;

/** Each minute: deletes what nobody needs any more, and brings slices into the storages of the rules. */
export class Sweeper {
  readonly #options: SweeperOptions;
  /** Days as they were found; those that changed since are looked at again. */
  readonly #totals = new Map<string, Map<string, DayTotals>>();
  readonly #failing = new Set<string>();
  #stepsLeft = 0;
  #sweeping: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: SweeperOptions) {
    this.#options = options;
  }

  /** Sweeps each minute until it is closed. */
  start(): { close(): Promise<void> } {
    const timer = setInterval(() => void this.sweep(), EVERY_MS).unref();
    return {
      close: async () => {
        this.#isClosed = true;
        clearInterval(timer);
        await this.#sweeping;
      },
    };
  }

  /** One sweep; joins the one that is under way. */
  sweep(): Promise<void> {
    this.#sweeping ??= this.#sweep().finally(() => {
      this.#sweeping = undefined;
    });
    return this.#sweeping;
  }

  async #sweep(): Promise<void> {
    const { archive, log, onDiskBytes } = this.#options;
    this.#stepsLeft = MAX_STEPS;
    this.#failing.clear();
    const seen = new Set<string>();
    for await (const id of archive.streams()) {
      if (this.#isClosed) return;
      seen.add(streamKey(id));
      await this.#sweepStream(archive.stream(id)).catch((error) => {
        log.warn({ error, ...id }, 'archive of a stream could not be tidied up, it is tried again');
      });
    }
    for (const key of this.#totals.keys()) if (!seen.has(key)) this.#totals.delete(key);
    const days = [...this.#totals.values()].flatMap((each) => [...each.values()]);
    onDiskBytes?.(days.reduce((sum, { hereBytes }) => sum + hereBytes, 0));
  }

  async #sweepStream(stream: StreamArchive): Promise<void> {
    const rule = this.#options.ruleOf(stream.id);
    const nowMs = this.#options.wallMs();
    const days = await this.#look(stream);
    let leftBytes = [...days.values()].reduce((sum, { allBytes }) => sum + allBytes, 0);
    for (const [day, found] of days) {
      if (this.#stepsLeft <= 0 || this.#isClosed) break;
      const isTooMuch = rule.keepBytes > 0 && leftBytes > rule.keepBytes;
      const isTooOld = found.oldestEndMs <= nowMs - rule.keepMs;
      const isUploadDue = rule.storage !== '' && found.isUploadDue;
      const isTrimDue = found.uploadedAtMs <= nowMs - rule.localMs;
      if (isTooMuch || isTooOld) leftBytes -= await this.#deleteFrom(stream, day, leftBytes, rule);
      if (isUploadDue || isTrimDue) await this.#bringAway(stream, day, rule);
      if (isTooMuch || isTooOld || isUploadDue || isTrimDue || found.isEmpty) await this.#lookAgain(stream, day, days);
    }
    if (days.size === 0) await stream.removeFolders();
  }

  /** The days of a stream, oldest first. */
  async #look(stream: StreamArchive): Promise<Map<string, DayTotals>> {
    const key = streamKey(stream.id);
    const before = this.#totals.get(key);
    const days = new Map<string, DayTotals>();
    this.#totals.set(key, days);
    for (const { name, changes } of await stream.days()) {
      const known = before?.get(name);
      const isSame = known?.changes === changes;
      days.set(name, isSame ? known : totalsOf(await stream.slicesOf(name), changes));
    }
    return days;
  }

  async #lookAgain(stream: StreamArchive, day: string, days: Map<string, DayTotals>): Promise<void> {
    const changes = (await stream.days()).find(({ name }) => name === day)?.changes ?? 0;
    const slices = await stream.slicesOf(day);
    days.set(day, totalsOf(slices, changes));
    if (slices.length > 0) return;
    await stream.removeDay(day);
    if (!(await stream.days()).some(({ name }) => name === day)) days.delete(day);
  }

  /** Returns how many bytes went. */
  async #deleteFrom(stream: StreamArchive, day: string, totalBytes: number, rule: KeepRule): Promise<number> {
    const keepFromMs = this.#options.wallMs() - rule.keepMs;
    const { keepBytes } = rule;
    const pins = this.#options.archive.pinsOf(stream.id);
    const candidates = slicesToDelete(await stream.slicesOf(day), totalBytes, { keepFromMs, keepBytes, pins });
    let bytes = 0;
    for (const slice of candidates) {
      if (this.#stepsLeft-- <= 0 || this.#isClosed) break;
      // Somebody may have come to need it meanwhile.
      if (isPinned(slice, this.#options.archive.pinsOf(stream.id))) continue;
      if (await this.#removeRemote(slice)) {
        await stream.use(day, (opened) => opened.delete(slice.first));
        bytes += slice.sizeBytes;
      } else if (slice.isHere) await stream.use(day, (opened) => opened.trim(slice.first));
    }
    return bytes;
  }

  /** Whether there is no object of the slice any more. Where its storage fails, it is tried again in a minute. */
  async #removeRemote({ remote }: SliceState): Promise<boolean> {
    if (!remote) return true;
    if (this.#failing.has(remote.storage)) return false;
    try {
      await this.#options.uploads.remove(remote);
      return true;
    } catch (error) {
      this.#failing.add(remote.storage);
      this.#options.log.warn({ error, ...remote }, 'old slices stay in their storage, they are tried again');
      return false;
    }
  }

  async #bringAway(stream: StreamArchive, day: string, rule: KeepRule): Promise<void> {
    const { archive, uploads, wallMs } = this.#options;
    for (const slice of await stream.slicesOf(day)) {
      if (this.#stepsLeft <= 0 || this.#isClosed) return;
      const { first, isEnded, isHere, isQueued, remote } = slice;
      if (!isEnded || !isHere) continue;
      if (!isQueued && rule.storage !== '') {
        this.#stepsLeft--;
        await uploads.upload(stream.id, day, slice, rule.storage);
      } else if (remote && remote.atMs <= wallMs() - rule.localMs && !isPinned(slice, archive.pinsOf(stream.id))) {
        this.#stepsLeft--;
        await stream.use(day, (opened) => opened.trim(first));
      }
    }
  }
}

function totalsOf(slices: readonly SliceState[], changes: number): DayTotals {
  const ended = slices.filter(({ isEnded }) => isEnded);
  const here = slices.filter(({ isHere }) => isHere);
  const uploaded = here.flatMap(({ remote }) => remote?.atMs ?? []);
  return {
    changes,
    hereBytes: here.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    allBytes: slices.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    oldestEndMs: ended.reduce((oldest, { endMs }) => Math.min(oldest, endMs), Number.POSITIVE_INFINITY),
    isUploadDue: ended.some(({ isQueued, isHere }) => isHere && !isQueued),
    uploadedAtMs: uploaded.reduce((oldest, atMs) => Math.min(oldest, atMs), Number.POSITIVE_INFINITY),
    isEmpty: slices.length === 0,
  };
}
