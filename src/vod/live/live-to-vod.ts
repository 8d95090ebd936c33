import { createHash } from 'node:crypto';
import { type StreamId, streamKey } from '../../live/index.ts';
import type { Logger } from '../../log/index.ts';
import type { Recording } from '../../record/index.ts';
import type { StreamSettings } from '../../rules/index.ts';
import type { Asset, AssetChapter, AssetFile, Library } from '../index.ts';

type AssetRule = StreamSettings['record']['assets'];

export type LiveToVodOptions = {
  readonly library: Library;
  readonly ruleOf: (id: StreamId) => AssetRule;
  /** The moments of a recording that were marked. */
  readonly chaptersOf: (id: StreamId, recording: Recording) => Promise<readonly AssetChapter[]>;
  /** It is in the library under that id, so that nobody else deletes or moves it. */
  readonly keep: (id: StreamId, recording: Recording, asset: string) => Promise<void>;
  /** Whether more of what is live now may come. */
  readonly isBusy: (id: StreamId) => boolean;
  /** Makes one original of several parts. */
  readonly compose: (asset: Asset, parts: readonly AssetFile[]) => Promise<unknown>;
  readonly log: Logger;
  readonly now: () => number;
};

/** Who has uploaded the assets that are made of recordings. */
export const LIVE = 'live';

/** Said of a recording that is to become an asset and has not yet. */
export const WANTED = 'wanted';

const COMPOSING = 'composing ';
const MOST = 200;

/** Makes assets of recordings: one of each file, or one of all files of a stream when it has been over for a while. */
export class LiveToVod {
  readonly #options: LiveToVodOptions;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: LiveToVodOptions) {
    this.#options = options;
  }

  /** A recording is in its storage. One after the other, and again without harm. */
  recorded(id: StreamId, recording: Recording): Promise<void> {
    const next = this.#last.then(() => this.#take(id, recording));
    this.#last = next.catch(() => undefined);
    return next;
  }

  /** Composes what is over; returns how many. */
  async sweep(): Promise<number> {
    const { library, ruleOf, isBusy, now, log } = this.#options;
    let composed = 0;
    for (const { asset } of await library.list({ condition: UPLOADED_BY_LIVE, limit: MOST })) {
      const { live, referenceId } = asset;
      if (live === undefined || !referenceId?.startsWith(COMPOSING)) continue;
      const id = { domain: live.domain, app: live.app, name: live.stream };
      const { composeAfterSeconds } = ruleOf(id);
      if (now() - live.endedAtMs < composeAfterSeconds * 1000 || isBusy(id)) continue;
      await this.#compose(asset);
      composed++;
      log.info({ ...id, asset: asset.id }, 'stream is over, its recordings become one asset');
    }
    return composed;
  }

  async #take(id: StreamId, recording: Recording): Promise<void> {
    const { as } = this.#options.ruleOf(id);
    const asset = as === 'composed' ? await this.#addPart(id, recording) : await this.#single(id, recording);
    await this.#options.keep(id, recording, asset);
  }

  async #single(id: StreamId, recording: Recording): Promise<string> {
    const { library } = this.#options;
    const assetId = recording.id.replaceAll('-', '');
    if (!(await library.find(assetId))) await this.#create(id, recording, { id: assetId });
    await library.update(assetId, { chapters: await this.#options.chaptersOf(id, recording) });
    await library.uploaded(assetId, recording);
    await library.addFile({ ...(await this.#originalOf(assetId, recording)), ...partsOf(recording) });
    return assetId;
  }

  async #originalOf(asset: string, { storage, object }: Recording): Promise<AssetFile> {
    const files = await this.#options.library.files(asset);
    const found = files.find((file) => file.storage === storage && file.object === object);
    if (found === undefined) throw new Error('an original was added but is not there');
    return found;
  }

  async #addPart(id: StreamId, recording: Recording): Promise<string> {
    const { library, chaptersOf } = this.#options;
    const known = await library.findByObject(recording.storage, recording.object);
    if (known) return known.asset;
    const referenceId = `${COMPOSING}${createHash('sha256').update(streamKey(id)).digest('hex').slice(0, 32)}`;
    const asset = (await library.find({ referenceId })) ?? (await this.#create(id, recording, { referenceId }));
    const before = (await library.files(asset.id)).reduce((sum, part) => sum + (part.durationSeconds ?? 0), 0);
    const { chapters: earlier = [] } = asset;
    const last = earlier.at(-1)?.title;
    // A file begins with what the one before it ended with; that goes on, and is no chapter of its own.
    const chapters = (await chaptersOf(id, recording))
      .filter(({ title, atSeconds }) => atSeconds > 0 || title !== last)
      .map(({ title, atSeconds }) => ({ title, atSeconds: atSeconds + before }));
    const { endMs, startMs, durationMs, storage, object, sizeBytes } = recording;
    const live = asset.live && { ...asset.live, endedAtMs: Math.max(endMs, asset.live.endedAtMs) };
    await library.update(asset.id, { live, chapters: [...earlier, ...chapters] });
    await library.addFile({
      ...{ asset: asset.id, role: 'part', storage, object, sizeBytes, format: formatOf(recording) },
      ...{ durationSeconds: durationMs / 1000, createdAtMs: startMs, ...partsOf(recording) },
    });
    return asset.id;
  }

  async #compose(asset: Asset): Promise<void> {
    const { library, compose } = this.#options;
    const parts = (await library.files(asset.id)).filter(({ role }) => role === 'part');
    const [only] = parts;
    if (only && parts.length === 1) {
      await library.uploaded(asset.id, only);
      if (only.parts) await library.addFile({ ...only, role: 'original', definition: 'OD' });
    } else await compose(asset, parts);
    // From now on, what is recorded of the stream belongs to another asset.
    await library.update(asset.id, { referenceId: null });
  }

  #create({ domain, app, name }: StreamId, recording: Recording, more: { id?: string; referenceId?: string }) {
    const { templateGroup, category, tags, publication, title } = this.#options.ruleOf({ domain, app, name });
    const { startMs, endMs, storage, durationMs } = recording;
    const started = `${new Date(startMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
    return this.#options.library.create({
      ...{ ...more, kind: 'video', storage, uploadedBy: LIVE, createdAtMs: this.#options.now(), tags },
      title: title.replaceAll('{AppName}', app).replaceAll('{StreamName}', name).replaceAll('{StartTime}', started),
      ...(templateGroup === '' ? {} : { templateGroup }),
      ...(category === 0 ? {} : { category }),
      ...(publication === 'usual' ? {} : { publication }),
      durationSeconds: durationMs / 1000,
      live: { domain, app, stream: name, startedAtMs: startMs, endedAtMs: endMs },
    });
  }
}

const UPLOADED_BY_LIVE = {
  kind: 'and',
  of: [
    { kind: 'is', field: 'status', values: ['Uploading'] },
    { kind: 'is', field: 'uploadedBy', values: [LIVE] },
    { kind: 'trashed', is: false },
  ],
} as const;

function partsOf({ slices }: Recording): { readonly parts?: readonly string[] } {
  return slices === undefined ? {} : { parts: slices };
}

function formatOf({ format }: Recording): string {
  return format === 'cmaf' ? 'm3u8' : format;
}
