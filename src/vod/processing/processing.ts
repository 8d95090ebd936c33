import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  DEFAULT_PIPELINE,
  type Job,
  type JobEvent,
  type Jobs,
  type JsonObject,
  type NewJob,
} from '../../jobs/index.ts';
import { type Asset, type AssetFile, type AssetTrouble, type Library, LibraryError } from '../index.ts';
import { ASSET_ACTIONS, type OwnParts } from './asset-actions.ts';
import { PICTURES, pictureStep, type WantedPictures } from './picture-jobs.ts';

/** The kind that jobs have which process an asset. */
export const PROCESSING = 'asset-processing';

/** The kind of those that put an original together. */
export const COMPOSING = 'asset-compose';

const MOST_JOBS = 100;
/** Longer than a lease, so that a worker that died is waited for, too. */
const LEAVES_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 100;

export type ProcessingOptions = {
  readonly library: Library;
  readonly jobs: Pick<Jobs, 'submit' | 'list' | 'cancel' | 'find' | 'follow' | 'isBusyWith'>;
  readonly pipeline?: string;
};

/** What one processing has of its own; what is left out is the asset's. */
export type Reprocessing = {
  readonly templateGroup?: string;
  readonly pipeline?: string;
  readonly priority?: number;
  readonly userData?: string;
  readonly submitter?: string;
  readonly own?: OwnParts;
};

type Original = Pick<AssetFile, 'storage' | 'object' | 'sizeBytes' | 'sha256'>;

/** The way of assets from their original to what is played, as jobs. */
export class Processing {
  readonly #options: ProcessingOptions;

  constructor(options: ProcessingOptions) {
    this.#options = options;
  }

  /** Once for each original, however often it is said that it is there. */
  begin(asset: Asset, original: Original): Promise<Job> {
    return this.#submit(asset, original, idOf(asset, original));
  }

  /** Makes the original of an asset of several parts, in this order; its processing follows. */
  compose(asset: Asset, parts: readonly AssetFile[]): Promise<Job> {
    const { jobs, pipeline = DEFAULT_PIPELINE } = this.#options;
    const places = parts.map(({ storage, object }) => ({ storage, object }));
    const input = { asset: asset.id, parts: places };
    return jobs.submit({
      ...{ id: uuidOf([asset.id, places]), kind: COMPOSING, pipeline, submitter: asset.uploadedBy, asset: asset.id },
      steps: [{ name: 'compose', action: ASSET_ACTIONS.compose, input }],
    });
  }

  /** Anew, as after the group of templates was changed. Throws ASSET_NOT_FOUND and ASSET_STATUS. */
  async again(id: string, wanted: Reprocessing = {}): Promise<Job> {
    const { asset, original } = await this.#processable(id);
    return this.#submit(asset, original, randomUUID(), wanted);
  }

  /** Pictures beside those that each processing takes; the asset plays on meanwhile. Throws as `again`. */
  async takePictures(id: string, wanted: WantedPictures, userData?: string): Promise<Job> {
    const { jobs, pipeline = DEFAULT_PIPELINE } = this.#options;
    const { asset, original } = await this.#processable(id);
    const { storage, object } = original;
    return await jobs.submit({
      ...{ kind: PICTURES, pipeline, submitter: asset.uploadedBy, asset: id },
      ...(userData === undefined ? {} : { userData }),
      steps: [pictureStep(id, { storage, object }, wanted)],
    });
  }

  async #processable(id: string): Promise<{ asset: Asset; original: AssetFile }> {
    const asset = await this.#options.library.get(id);
    const original = (await this.#options.library.files(id)).find(({ role }) => role === 'original');
    const isTrashed = asset.trashedAtMs !== undefined;
    if (!isTrashed && asset.status !== 'Uploading' && asset.status !== 'Blocked' && original)
      return { asset, original };
    if (isTrashed) {
      throw new LibraryError('ASSET_STATUS', 'the asset is in the trash', 'Take it out of the trash, then process it.');
    }
    const remedy = 'Wait until its original is there, and is not blocked.';
    throw new LibraryError('ASSET_STATUS', `the asset is ${asset.status} and cannot be processed`, remedy);
  }

  /** What was and is done with an asset, the latest first, with the steps of each. */
  async timeline(asset: string) {
    const jobs = await this.#options.jobs.list({ asset }, { limit: MOST_JOBS });
    return (await Promise.all(jobs.map(({ id }) => this.#options.jobs.find(id)))).filter((job) => job !== undefined);
  }

  /** What is being done with an asset ends, and nobody is at it any more. Throws ASSET_BUSY where that takes too long. */
  async stop({ id }: Pick<Asset, 'id'>, signal?: AbortSignal): Promise<void> {
    const { jobs } = this.#options;
    for (const state of ['submitted', 'running'] as const) {
      for (const job of await jobs.list({ asset: id, state }, { limit: MOST_JOBS })) await jobs.cancel(job.id);
    }
    const endMs = performance.now() + LEAVES_WITHIN_MS;
    while (await jobs.isBusyWith(id)) {
      if (performance.now() > endMs) throw stillBusy();
      await delay(LOOK_EVERY_MS, undefined, { signal });
    }
  }

  /** Assets fail and go on with their jobs, until the returned function is called. */
  follow(): () => Promise<void> {
    return this.#options.jobs.follow('library', (event) => this.#heard(event));
  }

  async #submit(asset: Asset, { storage, object }: Original, id: string, wanted: Reprocessing = {}): Promise<Job> {
    const { library, jobs } = this.#options;
    const { templateGroup: group, own, pipeline = this.#options.pipeline ?? DEFAULT_PIPELINE, ...asked } = wanted;
    const template = group ?? asset.templateGroup;
    const input = {
      ...{ asset: asset.id, storage, object },
      ...(group === undefined ? {} : { group }),
      ...(own === undefined ? {} : { own: own as JsonObject }),
    };
    const job: NewJob = {
      ...{ id, kind: PROCESSING, pipeline, submitter: asset.uploadedBy, asset: asset.id, ...asked },
      ...(template === undefined ? {} : { template }),
      steps: [
        { name: 'probe', action: ASSET_ACTIONS.probe, input },
        { name: 'publish', action: ASSET_ACTIONS.publish, input, after: ['probe'] },
      ],
    };
    // Before the job, which may be done at once.
    await library.setStatus(asset.id, 'Transcoding', ['UploadSucc', 'TranscodeFail', 'Normal']);
    return await jobs.submit(job);
  }

  async #heard({ kind, job }: JobEvent): Promise<void> {
    if (job.asset === undefined || (job.kind !== PROCESSING && job.kind !== COMPOSING)) return;
    const { library } = this.#options;
    if (job.kind === COMPOSING) return await this.#composing(kind, job, job.asset);
    if (kind === 'retried') await library.settle(job.asset, 'Transcoding', null);
    if (kind !== 'failed' && kind !== 'cancelled') return;
    // What came later than the event counts.
    if (job.state !== kind) return;
    await library.settle(job.asset, 'TranscodeFail', troubleOf(job));
  }

  async #composing(kind: JobEvent['kind'], job: Job, asset: string): Promise<void> {
    const { library } = this.#options;
    if ((kind !== 'failed' && kind !== 'cancelled') || job.state !== kind) return;
    if (!(await library.find(asset))) return;
    await library.update(asset, { trouble: troubleOf(job) });
    await library.setStatus(asset, 'UploadFail', ['Uploading']);
  }
}

function stillBusy(): LibraryError {
  const remedy = 'Look at the workers (GET /job-workers); the deletion is tried again each hour, or asked for again.';
  return new LibraryError('ASSET_BUSY', 'a worker still processes the asset, though its jobs were cancelled', remedy);
}

function troubleOf({ failure, finishedAtMs = Date.now() }: Job): AssetTrouble {
  const { code = 'PROCESSING_CANCELLED', message = 'its processing was cancelled' } = failure ?? {};
  return { code, message, atMs: finishedAtMs };
}

function idOf({ id }: Asset, { storage, object, sizeBytes, sha256 = '' }: Original): string {
  return uuidOf([id, storage, object, sizeBytes, sha256]);
}

/** A UUID that follows from what is done. */
function uuidOf(facts: unknown): string {
  const hex = createHash('sha256').update(JSON.stringify(facts)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
