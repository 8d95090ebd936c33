import type { StreamId } from '../live/index.ts';
import type { StreamSettings } from '../rules/index.ts';
import { fillObjectTemplate, type Storages } from '../storage/index.ts';
import { patternOf } from './name-pattern.ts';

/** A picture that is in its storage. */
export type StoredPicture = {
  readonly storage: string;
  readonly object: string;
  /** To the second, where the name says it; else when it was stored. */
  readonly takenAtMs: number;
  readonly sizeBytes: number;
  /** Each picture takes the place of the last under this name. */
  readonly overwrites: boolean;
};

export type StoredSnapshotsOptions = {
  readonly storages: Pick<Storages, 'get'>;
  readonly settingsOf: (id: StreamId) => StreamSettings['snapshot'];
};

/** From then on, and before then, by wall clock. */
export type TimeRange = { readonly fromMs: number; readonly toMs: number };

/** Pictures of one stream looked at for one answer, which nothing that a rule makes in a day comes near. */
const MOST = 20_000;

/** The pictures of streams, as their storages have them now under the names that the rules give. */
export class StoredSnapshots {
  readonly #options: StoredSnapshotsOptions;

  constructor(options: StoredSnapshotsOptions) {
    this.#options = options;
  }

  /** In no order. Throws StorageError. */
  async list(id: StreamId, range: TimeRange, signal?: AbortSignal): Promise<readonly StoredPicture[]> {
    const { storage, overwrite, sequence } = this.#options.settingsOf(id);
    const found: StoredPicture[] = [];
    if (sequence !== '') {
      for await (const picture of this.#sequence(id, storage, sequence, range, signal)) {
        if (found.push(picture) >= MOST) break;
      }
    }
    if (overwrite === '') return found;
    const object = withNames(overwrite, id);
    const last = await this.#options.storages.get(storage).head(object, signal);
    if (!last || !isWithin(last.modifiedAtMs, range)) return found;
    const { modifiedAtMs: takenAtMs, sizeBytes } = last;
    return [...found, { storage, object, takenAtMs, sizeBytes, overwrites: true }];
  }

  /** Deletes the pictures that were taken in this second of Unix time, and says how many there were. */
  async delete(id: StreamId, second: number): Promise<number> {
    const pictures = await this.list(id, { fromMs: second * 1000, toMs: (second + 1) * 1000 });
    for (const { storage, object } of pictures) await this.#options.storages.get(storage).delete(object);
    return pictures.length;
  }

  async *#sequence(
    id: StreamId,
    storage: string,
    template: string,
    range: TimeRange,
    signal?: AbortSignal,
  ): AsyncGenerator<StoredPicture> {
    const named = withNames(template, id);
    const pattern = patternOf(named);
    const options = signal === undefined ? {} : { signal };
    for await (const each of this.#options.storages.get(storage).list(prefixOf(named, range), options)) {
      const match = pattern.exec(each.name);
      if (!match) continue;
      const seconds = match.groups?.UnixTimestamp;
      const takenAtMs = seconds === undefined ? each.modifiedAtMs : Number(seconds) * 1000;
      if (!isWithin(takenAtMs, seconds === undefined ? range : wholeSeconds(range))) continue;
      yield { storage, object: each.name, takenAtMs, sizeBytes: each.sizeBytes, overwrites: false };
    }
  }
}

/** A time in a name is cut to the second, and so it is not before a range that begins in it. */
function wholeSeconds({ fromMs, toMs }: TimeRange): TimeRange {
  return { fromMs: Math.floor(fromMs / 1000) * 1000, toMs };
}

function isWithin(atMs: number, { fromMs, toMs }: TimeRange): boolean {
  return atMs >= fromMs && atMs < toMs;
}

function withNames(template: string, { domain, app, name }: StreamId): string {
  return fillObjectTemplate(template, { DomainName: domain, AppName: app, StreamName: name });
}

/** What all names begin with: with the digits that both ends of the range have where a time comes next. */
function prefixOf(named: string, { fromMs, toMs }: TimeRange): string {
  const at = named.indexOf('{');
  const prefix = named.slice(0, at);
  if (!named.startsWith('{UnixTimestamp}', at)) return prefix;
  const [from, to] = [String(Math.floor(fromMs / 1000)), String(Math.floor(toMs / 1000))];
  if (from.length !== to.length) return prefix;
  const differs = [...from].findIndex((digit, index) => digit !== to[index]);
  return prefix + (differs < 0 ? from : from.slice(0, differs));
}
