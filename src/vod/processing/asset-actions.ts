import type { MediaInfo } from '../../ffmpeg/index.ts';
import { audiosOf, MediaError, videoOf } from '../../ffmpeg/index.ts';
import { andThen, type JsonObject, type NewStep, type StepAction, type StepRun } from '../../jobs/index.ts';
import { type MediaTools, parseTemplate } from '../../media/index.ts';
import type { Storages } from '../../storage/index.ts';
import { folderOfAsset, type Library } from '../index.ts';
import { type LadderSource, NO_TRANSCODE_GROUP, type Rung } from './ladder.ts';
import { type AnimationTool, pictureActions } from './picture-jobs.ts';
import { type PictureTools, takePictures } from './pictures.ts';
import { DASH, FIRST_RUNG, makeRenditions, TRANSCODE, writeMaster } from './renditions.ts';
import { reportAction } from './report.ts';
import { rungOrder } from './rung-order.ts';

/** The names of the actions; the last one ends each processing. */
export const ASSET_ACTIONS = {
  compose: 'asset-compose',
  probe: 'asset-probe',
  transcode: 'asset-transcode',
  master: 'asset-master',
  pictures: 'asset-pictures',
  publish: 'asset-publish',
} as const;

/** What a job has of its own where its group says otherwise. Plain JSON. */
export type OwnParts = {
  /** Another image or text of a watermark of the group. */
  readonly watermarks?: readonly { readonly id: string; readonly fileUrl?: string; readonly text?: string }[];
  readonly subtitles?: readonly { readonly fileUrl: string; readonly language?: string }[];
  /** Where somebody else keeps the key and gives it to players. */
  readonly encryption?: { readonly hexKey: string; readonly keyUri: string };
};

/** Which renditions a group of templates makes of a source; undefined where there is no such group. */
export type RungsOf = (
  group: string | undefined,
  source: LadderSource,
  own?: OwnParts,
) => Promise<readonly Rung[] | undefined>;

export type AssetActionsOptions = {
  readonly library: Library;
  readonly storages: Pick<Storages, 'get'>;
  readonly tools: Pick<MediaTools, 'probe' | 'transcode' | 'transcodeAll' | 'adaptive'> & PictureTools & AnimationTool;
  readonly rungsOf: RungsOf;
};

const COMPOSED = parseTemplate({
  Container: { Format: 'mp4' },
  Video: { Codec: 'H.264', Profile: 'high', Crf: '18', Preset: 'veryfast', PixFmt: 'yuv420p' },
  Audio: { Codec: 'AAC', Bitrate: '192' },
});

type Place = { readonly storage: string; readonly object: string };

/** What each step is about. */
type About = { readonly asset: string; readonly storage: string; readonly object: string };
type Asked = About & { readonly group?: string; readonly own?: OwnParts };

/** How an asset is processed: its original is looked into, and what follows from that is made of it. */
export function assetActions(options: AssetActionsOptions): readonly StepAction[] {
  return [
    { name: ASSET_ACTIONS.compose, run: (run) => compose(options, run) },
    { name: ASSET_ACTIONS.probe, run: (run) => probe(options, run) },
    { name: ASSET_ACTIONS.transcode, run: (run) => makeRenditions(options, run) },
    { name: ASSET_ACTIONS.master, run: (run) => writeMaster(options, run) },
    { name: ASSET_ACTIONS.pictures, run: (run) => pictures(options, run) },
    { name: ASSET_ACTIONS.publish, run: (run) => publish(options, run) },
    ...pictureActions(options),
    reportAction(options),
  ];
}

/** Parts may differ in size and codec, as of an encoder that was changed meanwhile, so they are encoded anew, finely. */
async function compose({ library, tools }: AssetActionsOptions, run: StepRun) {
  const { asset: id, parts } = run.input as { readonly asset: string; readonly parts: readonly Place[] };
  const [first, ...others] = parts;
  if (first === undefined) throw nothingInIt();
  const { storage } = await library.get(id);
  const output = await tools.transcode(
    {
      ...{ input: first, template: COMPOSED, onCollision: 'overwrite' },
      merge: others.map((place) => ({ place })),
      output: { storage, object: `${folderOfAsset(id)}original.mp4` },
    },
    { ...run, seed: run.job.id },
  );
  await library.uploaded(id, output);
  return { output: { object: output.object, parts: parts.length } };
}

async function probe({ library, tools, rungsOf }: AssetActionsOptions, run: StepRun) {
  const { asset: id, storage, object, group, own } = run.input as Asked;
  const info = await tools.probe({ storage, object }, run);
  const source = sourceOf(info);
  if (source.video === undefined && !source.hasAudio) throw nothingInIt();
  const asset = await library.update(id, {
    mediaInfo: info,
    ...(info.durationSeconds === undefined ? {} : { durationSeconds: info.durationSeconds }),
  });
  await describeOriginal(library, id, { storage, object }, info);
  const isStill = asset.kind === 'image';
  const templateGroup = group ?? asset.templateGroup;
  const rungs = isStill ? [] : await rungsOf(templateGroup, source, own);
  if (rungs === undefined) throw noGroup(templateGroup);
  const about: About = { asset: id, storage, object };
  const steps: NewStep[] = [];
  const { first, others, dash } = rungOrder(rungs);
  const firstName = others.length > 0 ? FIRST_RUNG : TRANSCODE;
  if (first) steps.push(step(firstName, ASSET_ACTIONS.transcode, { ...about, rungs: [first] }));
  // What plays comes before what goes along with it, and that before what plays better.
  const after = first ? [firstName] : [];
  if (source.video) steps.push({ ...step('pictures', ASSET_ACTIONS.pictures, { ...about, isStill }), after });
  if (others.length > 0) {
    steps.push({ ...step(TRANSCODE, ASSET_ACTIONS.transcode, { ...about, rungs: others }), after });
  }
  if (dash.length > 0) {
    steps.push({ ...step(DASH, ASSET_ACTIONS.transcode, { ...about, rungs: dash, package: 'dash' }), after });
  }
  if (first) {
    const madeBy = others.length > 0 ? [FIRST_RUNG, TRANSCODE] : [TRANSCODE];
    steps.push({ ...step('master', ASSET_ACTIONS.master, { ...about, target: asset.storage }), after: madeBy });
  }
  run.log(`${rungs.length} renditions of ${source.video ? `${source.video.width}x${source.video.height}` : 'sound'}`);
  return andThen({ renditions: rungs.length, durationSeconds: info.durationSeconds ?? 0 }, steps);
}

/** Pictures go along with a film: where there are none to be had, it plays all the same. */
async function pictures({ library, tools }: AssetActionsOptions, run: StepRun) {
  const { asset, isStill } = run.input as About & { readonly isStill: boolean };
  try {
    const files = await takePictures({ library, tools, run, asset: await library.get(asset), isStill });
    return { output: { files } };
  } catch (error) {
    if (!(error instanceof MediaError && error.isFinal)) throw error;
    run.log(`no pictures: ${error.message}`);
    return { output: { files: 0 } };
  }
}

async function publish({ library }: AssetActionsOptions, run: StepRun) {
  const { asset: id } = run.input as About;
  await library.update(id, { trouble: null });
  const asset = await library.setStatus(id, 'Normal', ['UploadSucc', 'Transcoding', 'TranscodeFail']);
  return { output: { status: asset?.status ?? 'as it was' } };
}

async function describeOriginal(
  library: Library,
  id: string,
  { storage, object }: Pick<About, 'storage' | 'object'>,
  info: MediaInfo,
): Promise<void> {
  const original = (await library.files(id)).find((file) => file.storage === storage && file.object === object);
  if (original === undefined) return;
  const video = videoOf(info);
  await library.addFile({
    ...original,
    ...(video ? { width: video.shownWidth, height: video.shownHeight } : {}),
    ...(video?.fps === undefined ? {} : { fps: video.fps }),
    ...(info.durationSeconds === undefined ? {} : { durationSeconds: info.durationSeconds }),
    ...(info.bitsPerSecond === undefined ? {} : { bitsPerSecond: info.bitsPerSecond }),
  });
}

function sourceOf(info: MediaInfo): LadderSource {
  const video = videoOf(info);
  const hasAudio = audiosOf(info).length > 0;
  return video ? { video: { width: video.shownWidth, height: video.shownHeight }, hasAudio } : { hasAudio };
}

function step(name: string, action: string, input: Readonly<Record<string, unknown>>): NewStep {
  return { name, action, input: input as JsonObject };
}

function nothingInIt(): MediaError {
  return new MediaError('INPUT_LACKS_TRACK', 'the original has neither pictures nor sound', 'Upload a media file.');
}

function noGroup(group: string | undefined): MediaError {
  const remedy = `Give the asset a group that exists, or ${NO_TRANSCODE_GROUP}, and process it again.`;
  return new MediaError('TEMPLATE_GROUP_UNKNOWN', `there is no group of templates ${group ?? ''}`, remedy);
}
