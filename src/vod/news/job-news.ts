import type { JobEvent } from '../../jobs/index.ts';
import type { MediaEventKind, MediaNote } from '../../notify/index.ts';
import type { NewMediaEvent } from '../../store/index.ts';
import type { Asset, AssetFile } from '../index.ts';
import { ASSET_ACTIONS, COMPOSING, PICTURES, PROCESSING } from '../processing/index.ts';
import { newsId } from './news-id.ts';
import { assetNote, factsOf, fileNote, jobNote, liveNote, pictureNotes, renditionNote } from './notes.ts';

/** What of the library is asked for. */
export type AssetsOfJobs = {
  readonly find: (id: string) => Promise<Asset | undefined>;
  readonly files: (id: string) => Promise<readonly AssetFile[]>;
};

type Told = readonly [kind: MediaEventKind, note: MediaNote];

const ENDED = { succeeded: 'job_succeeded', failed: 'job_failed', cancelled: 'job_cancelled' } as const;

/** What events tell of a job, and of the asset that it works for; the same again for the same event. */
export async function jobNews(event: JobEvent, assets: AssetsOfJobs): Promise<readonly NewMediaEvent[]> {
  const { job, position, atMs } = event;
  const asset = job.asset === undefined ? undefined : await assets.find(job.asset);
  const ofAsset = asset ? await assetTold(event, asset, () => assets.files(asset.id)) : [];
  const all = [
    ...ofAsset.map(([kind, note]) => ({ kind, subject: job.asset ?? job.id, note })),
    ...jobTold(event).map(([kind, note]) => ({ kind, subject: job.id, note })),
  ];
  return all.map(({ kind, subject, note }, index) => ({
    ...{ id: newsId(job.id, position, index), kind, subject, atMs },
    data: { media: { ...note } },
  }));
}

function jobTold({ kind, job }: JobEvent): readonly Told[] {
  if (kind !== 'succeeded' && kind !== 'failed' && kind !== 'cancelled') return [];
  return [[ENDED[kind], { job: jobNote(job), ...(kind === 'failed' && failureOf(job)) }]];
}

async function assetTold(
  { kind, job, step }: JobEvent,
  asset: Asset,
  files: () => Promise<readonly AssetFile[]>,
): Promise<readonly Told[]> {
  const about = { asset: assetNote(asset) };
  if (job.kind === COMPOSING && kind === 'submitted' && asset.live) {
    return [['asset_composing', { ...about, live: liveNote(asset.live) }]];
  }
  if (job.kind === PICTURES) return takenTold({ kind, job }, about, files);
  if (job.kind !== PROCESSING) return [];
  const ofJob = async () => (await files()).filter((file) => file.job === job.id);
  if (kind === 'step_succeeded') {
    const { action, input } = job.steps.find(({ name }) => name === step) ?? {};
    if (action === ASSET_ACTIONS.probe) return [['asset_analyzed', { ...about, ...infoOf(asset, await files()) }]];
    return stepTold({ action, input, job: job.id }, about, await ofJob());
  }
  if (kind !== 'succeeded' && kind !== 'failed' && kind !== 'cancelled') return [];
  const probe = job.steps.find(({ action }) => action === ASSET_ACTIONS.probe);
  if (probe?.state === 'failed') return [['asset_analyzed', { ...about, ...failureOf(job) }]];
  // Pictures and what needs no other form have no renditions.
  if (!job.steps.some(({ action }) => action === ASSET_ACTIONS.transcode)) return [];
  if (kind !== 'succeeded') return [['asset_transcoded', { ...about, ...failureOf(job) }]];
  return [['asset_transcoded', { ...about, renditions: renditionsIn(await ofJob(), isNoMaster) }]];
}

/** Of a step that made renditions or pictures. */
function stepTold(
  { action, input, job }: { readonly action: string | undefined; readonly input: unknown; readonly job: string },
  about: Pick<MediaNote, 'asset'>,
  files: readonly AssetFile[],
): readonly Told[] {
  if (action === ASSET_ACTIONS.transcode || action === ASSET_ACTIONS.master) {
    const made = renditionsIn(files, action === ASSET_ACTIONS.master ? (file) => !isNoMaster(file) : madeBy(input));
    return made.map((rendition) => ['asset_rendition', { ...about, rendition }]);
  }
  if (action !== ASSET_ACTIONS.pictures) return [];
  const pictures = pictureNotes(files);
  return pictures.length === 0 ? [] : [['asset_pictures', { ...about, pictures, madeBy: job }]];
}

function renditionsIn(files: readonly AssetFile[], isMeant: (file: AssetFile) => boolean) {
  return files.filter((file) => file.role === 'rendition' && isMeant(file)).map(renditionNote);
}

const isNoMaster = ({ definition }: AssetFile) => definition !== 'AUTO';

/** Which files a step has made, as its input says. */
function madeBy(input: unknown): (file: AssetFile) => boolean {
  const { rungs = [] } = (input ?? {}) as { readonly rungs?: readonly { readonly number?: number }[] };
  const numbers = rungs.map(({ number }, index) => number ?? index + 1);
  return ({ jobOutput }) => jobOutput !== undefined && numbers.includes(jobOutput);
}

/** Of pictures that somebody asked for. */
async function takenTold(
  { kind, job }: Pick<JobEvent, 'kind' | 'job'>,
  about: Pick<MediaNote, 'asset'>,
  files: () => Promise<readonly AssetFile[]>,
): Promise<readonly Told[]> {
  if (kind !== 'succeeded' && kind !== 'failed' && kind !== 'cancelled') return [];
  const { wanted } = (job.steps[0]?.input ?? {}) as { readonly wanted?: { readonly kind?: string } };
  const isMoving = wanted?.kind === 'animation';
  const said = { ...about, madeBy: job.id, ...(isMoving ? {} : { isAsked: true as const }) };
  const type = isMoving ? 'asset_animation' : 'asset_pictures';
  if (kind !== 'succeeded') return [[type, { ...said, ...failureOf(job) }]];
  const made = (await files()).filter((file) => file.job === job.id);
  const [moving] = made.filter(({ role }) => role === 'animation');
  if (!isMoving) return [[type, { ...said, pictures: pictureNotes(made) }]];
  return [[type, { ...said, ...(moving && { animation: { ...fileNote(moving), ...factsOf(moving) } }) }]];
}

function infoOf(asset: Asset, files: readonly AssetFile[]): Pick<MediaNote, 'info'> {
  const original = files.find(({ role }) => role === 'original');
  const { durationSeconds, sizeBytes } = asset;
  const length = durationSeconds === undefined ? {} : { durationSeconds };
  return { info: { ...length, ...(original && factsOf(original)), sizeBytes } };
}

function failureOf({ failure }: JobEvent['job']): Required<Pick<MediaNote, 'failure'>> {
  return { failure: failure ?? { code: 'PROCESSING_CANCELLED', message: 'it was cancelled' } };
}
