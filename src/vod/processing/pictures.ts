import { extname } from 'node:path';
import type { StepRun } from '../../jobs/index.ts';
import type { MediaPlace, MediaTarget } from '../../media/index.ts';
import { type Asset, type AssetFile, folderOfAsset, type Library } from '../index.ts';

export type Moments = {
  readonly startSeconds?: number;
  readonly times?: readonly number[];
  readonly count?: number;
  readonly intervalSeconds?: number;
};
type Asked = {
  readonly input: MediaPlace;
  readonly moments: Moments;
  readonly output: MediaTarget;
  readonly onCollision: 'overwrite';
};
type Run = { readonly folder: string; readonly signal?: AbortSignal | undefined };

/** How pictures are taken of a film. */
export type PictureTools = {
  snapshot(
    task: Asked & { readonly width?: number; readonly height?: number },
    run: Run,
  ): Promise<{ readonly pictures: readonly { readonly object: string; readonly sizeBytes: number }[] }>;
  sprite(
    task: Asked & {
      readonly cellWidth?: number;
      readonly cellHeight?: number;
      readonly columns?: number;
      readonly lines?: number;
    },
    run: Run,
  ): Promise<{ readonly sheets: readonly string[]; readonly vtt: string }>;
};

const SNAPSHOTS = 5;
const MOST_CELLS = 200;
const CELL_WIDTH = 160;

type Task = {
  readonly library: Library;
  readonly tools: PictureTools;
  readonly run: StepRun;
  readonly asset: Asset;
  readonly isStill: boolean;
};

/** Cover, snapshots, and small pictures for scrubbing; returns how many files. A picture is its own cover. */
export async function takePictures({ library, tools, run, asset, isStill }: Task): Promise<number> {
  const { storage, object } = run.input as { readonly storage: string; readonly object: string };
  const length = asset.durationSeconds ?? 0;
  const files: Pick<AssetFile, 'role' | 'object' | 'sizeBytes'>[] = [];
  const add = (role: AssetFile['role'], name: string, sizeBytes = 0) => files.push({ role, object: name, sizeBytes });
  const asked = (name: string, moments: Moments) => ({
    ...{ input: { storage, object }, moments, onCollision: 'overwrite' as const },
    output: { storage: asset.storage, object: `${folderOfAsset(asset.id)}${name}` },
  });
  // Not the very beginning, which often is black.
  const cover = await tools.snapshot(asked('cover.jpg', { times: [isStill ? 0 : Math.min(length * 0.1, 10)] }), run);
  for (const picture of cover.pictures) add('cover', picture.object, picture.sizeBytes);
  if (!isStill && length > 0) {
    const snapshots = await tools.snapshot(asked('snapshots/{Count}.jpg', { count: SNAPSHOTS }), run);
    for (const picture of snapshots.pictures) add('snapshot', picture.object, picture.sizeBytes);
    const everySeconds = Math.max(1, length / MOST_CELLS);
    const moments = { intervalSeconds: everySeconds };
    const sprite = await tools.sprite({ ...asked('sprite-{Count}.jpg', moments), cellWidth: CELL_WIDTH }, run);
    for (const sheet of sprite.sheets) add('sprite', sheet);
    add('vtt', sprite.vtt);
  }
  for (const file of files) {
    const format = extname(file.object).slice(1);
    await library.addFile({ ...file, asset: asset.id, job: run.job.id, storage: asset.storage, format });
  }
  return files.length;
}
