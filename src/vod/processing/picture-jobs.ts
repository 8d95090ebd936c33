import type { NewStep, StepAction, StepRun } from '../../jobs/index.ts';
import type { AnimationTask, MediaPlace, MediaTarget, TranscodeOutput } from '../../media/index.ts';
import { type AssetFile, folderOfAsset, type Library } from '../index.ts';
import type { Moments, PictureTools } from './pictures.ts';

/** The kind that jobs have which take pictures of an asset. */
export const PICTURES = 'asset-pictures';

/** Which pictures are taken: some moments of a film, with sheets of small ones or without; or one that moves. Plain JSON. */
export type WantedPictures =
  | {
      readonly kind: 'snapshots';
      readonly times?: readonly number[];
      readonly fromSeconds: number;
      readonly count: number;
      /** 0: evenly over the whole length. */
      readonly intervalSeconds: number;
      readonly width?: number;
      readonly height?: number;
      readonly sheets?: Cells;
    }
  | ({ readonly kind: 'animation'; readonly seekSeconds: number; readonly format: 'gif' | 'webp' } & Pick<
      AnimationTask,
      'fps' | 'width' | 'height' | 'durationSeconds'
    >);
type Cells = {
  readonly cellWidth?: number;
  readonly cellHeight?: number;
  readonly columns?: number;
  readonly lines?: number;
};

type Snapshots = Extract<WantedPictures, { kind: 'snapshots' }>;
type Animation = Extract<WantedPictures, { kind: 'animation' }>;

export type AnimationTool = {
  animation(
    task: AnimationTask,
    run: { readonly folder: string; readonly signal?: AbortSignal | undefined },
  ): Promise<TranscodeOutput>;
};

type Options = { readonly library: Library; readonly tools: PictureTools & AnimationTool };
type Asked = {
  readonly asset: string;
  readonly storage: string;
  readonly object: string;
  readonly wanted: WantedPictures;
};

const ACTION = 'asset-take-pictures';

/** The step of such a job. */
export function pictureStep(asset: string, original: MediaPlace, wanted: WantedPictures): NewStep {
  return {
    name: 'pictures',
    action: ACTION,
    input: { asset, ...original, wanted } as unknown as Asked & object as never,
  };
}

/** Takes pictures of an original; they lie in a folder of their job. */
export function pictureActions({ library, tools }: Options): readonly StepAction[] {
  return [{ name: ACTION, run: (run) => take(library, tools, run) }];
}

async function take(library: Library, tools: Options['tools'], run: StepRun) {
  const { asset: id, storage, object, wanted } = run.input as unknown as Asked;
  const asset = await library.get(id);
  const folder = `${folderOfAsset(id)}pictures/${run.job.id}/`;
  const target = (name: string): MediaTarget => ({ storage: asset.storage, object: `${folder}${name}` });
  const input = { storage, object };
  const files =
    wanted.kind === 'animation'
      ? await animation(tools, input, wanted, target, run)
      : await snapshots(tools, input, wanted, target, run);
  for (const file of files) {
    const format = file.object.slice(file.object.lastIndexOf('.') + 1);
    await library.addFile({ ...file, asset: id, job: run.job.id, storage: asset.storage, format });
  }
  return { output: { files: files.length } };
}

type Taken = Pick<AssetFile, 'role' | 'object' | 'sizeBytes'> & Partial<AssetFile>;
type Target = (name: string) => MediaTarget;

async function snapshots(
  tools: PictureTools,
  input: MediaPlace,
  { times, fromSeconds, count, intervalSeconds, sheets, kind: _, ...size }: Snapshots,
  target: Target,
  run: StepRun,
): Promise<Taken[]> {
  const evenly = intervalSeconds === 0 ? {} : { intervalSeconds };
  const moments: Moments = times ? { times } : { startSeconds: fromSeconds, count, ...evenly };
  const asked = { input, moments, onCollision: 'overwrite' as const };
  const taken = await tools.snapshot({ ...asked, ...size, output: target('{Count}.jpg') }, run);
  const files: Taken[] = taken.pictures.map((picture) => ({ ...picture, role: 'snapshot' }));
  if (sheets === undefined) return files;
  const sprite = await tools.sprite({ ...asked, ...sheets, output: target('sheet-{Count}.jpg') }, run);
  const made = [...sprite.sheets.map((object) => ['sprite', object] as const), ['vtt', sprite.vtt] as const];
  return [...files, ...made.map(([role, object]) => ({ role, object, sizeBytes: 0 }))];
}

async function animation(
  tools: AnimationTool,
  input: MediaPlace,
  { kind: _, format, seekSeconds, ...asked }: Animation,
  target: Target,
  run: StepRun,
): Promise<Taken[]> {
  const task = { ...asked, input, format, startSeconds: seekSeconds, onCollision: 'overwrite' as const };
  const made = await tools.animation({ ...task, output: target(`moving.${format}`) }, run);
  const { object, sizeBytes, sha256, durationSeconds, width, height, fps } = made;
  const facts = Object.entries({ sha256, durationSeconds, width, height, fps });
  const known = Object.fromEntries(facts.filter(([, value]) => value !== undefined)) as Partial<AssetFile>;
  return [{ role: 'animation', object, sizeBytes, ...known }];
}
