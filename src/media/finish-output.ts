import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MediaError, type MediaInfo, videoOf } from '../ffmpeg/index.ts';
import { codecsOf } from './codec-names.ts';
import { renamedDash, renamedHls } from './list-names.ts';
import type { OutputPlan } from './output-plan.ts';
import { type ListedFiles, type Published, publishFile, publishList } from './publish.ts';
import type { Source } from './source.ts';
import { publishSubtitles } from './subtitles.ts';
import type { MediaRun, TranscodeOutput, TranscodeTask } from './task.ts';
import type { Container } from './template/index.ts';
import { probe, type Tools } from './tools.ts';

/** What FFmpeg has made of a plan, in a folder of its own, under the name `out`. */
export type EncodedFile = {
  readonly task: TranscodeTask;
  readonly plan: OutputPlan;
  readonly folder: string;
  readonly source: Source;
  readonly expectedSeconds: number | undefined;
};

/** Containers that say how long they are, and are right. */
const EXACT = /^(mov|matroska|avi|flv|wav|flac)/;
const MISSING_SECONDS = 1;
const MISSING_PART = 0.03;

/** Looks at what was made, and publishes it. */
export async function finishOutput(tools: Tools, encoded: EncodedFile, run: MediaRun): Promise<TranscodeOutput> {
  const { task, plan, folder, source } = encoded;
  const { container } = plan.template;
  const file = join(folder, `out.${container}`);
  const facts = await factsOf(tools, encoded, file, run);
  checkLength(encoded, facts.durationSeconds);
  const seed = run.seed ?? JSON.stringify(task);
  const publication = {
    ...{ target: targetOf(plan), onCollision: plan.task.onCollision, signal: run.signal },
    facts: { input: plan.task.input, seed, atMs: run.atMs ?? Date.now(), bitsPerSecond: facts.bitsPerSecond },
  };
  const subtitles = await publishSubtitles(tools, source, plan.task, publication, run);
  const isList = container === 'm3u8' || container === 'mpd';
  const published: Published = isList
    ? await publishList(tools.storages, await listed(file, folder, container), publication)
    : await publishFile(tools.storages, file, publication);
  return {
    ...{ storage: plan.task.output.storage, ...published, format: container, ...facts },
    objects: [...published.objects, ...subtitles.map(({ object }) => object)],
    isRemuxed: { video: plan.video === 'copy', audio: plan.audio === 'copy' },
    ...(subtitles.length > 0 ? { subtitles } : {}),
    notes: plan.notes,
  };
}

/** Of HLS alone MPS adds an extension. */
function targetOf({ task: { output }, template: { container } }: OutputPlan) {
  const isNamed = container !== 'm3u8' || output.object.endsWith('.m3u8');
  return isNamed ? output : { ...output, object: `${output.object}.m3u8` };
}

type Facts = Pick<TranscodeOutput, 'durationSeconds' | 'width' | 'height' | 'fps' | 'bitsPerSecond' | 'codecs'>;

async function factsOf(
  tools: Tools,
  { plan, folder, source }: EncodedFile,
  file: string,
  run: MediaRun,
): Promise<Facts> {
  const sizeBytes = await bytesOf(folder);
  if (plan.template.container === 'm3u8') {
    const durationSeconds = lengthOfList(await readFile(file, 'utf8'));
    const codecs = await codecsOfList(tools, file, run);
    return {
      ...{ ...pictureFacts(plan, source), durationSeconds },
      bitsPerSecond: Math.round((sizeBytes * 8) / durationSeconds),
      ...(codecs === undefined ? {} : { codecs }),
    };
  }
  if (plan.template.container === 'mpd' || plan.template.container === 'webp') {
    const { durationSeconds } = source;
    const rate =
      durationSeconds === undefined
        ? {}
        : { durationSeconds, bitsPerSecond: Math.round((sizeBytes * 8) / durationSeconds) };
    return { ...pictureFacts(plan, source), ...rate };
  }
  return probedFacts(await probe(tools, { path: file, kind: 'file' }, run.signal));
}

/** Nothing of what is encrypted, whose key is not here. */
async function codecsOfList(tools: Tools, file: string, { signal }: MediaRun): Promise<string | undefined> {
  try {
    return codecsOf(await probe(tools, { path: file, kind: 'playlist' }, signal));
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof MediaError) return undefined;
    throw error;
  }
}

function probedFacts(info: MediaInfo): Facts {
  const video = videoOf(info);
  return {
    ...(info.durationSeconds === undefined ? {} : { durationSeconds: info.durationSeconds }),
    ...(info.bitsPerSecond === undefined ? {} : { bitsPerSecond: info.bitsPerSecond }),
    ...(video ? { width: video.shownWidth, height: video.shownHeight } : {}),
    ...(video?.fps === undefined ? {} : { fps: video.fps }),
  };
}

function pictureFacts({ video, template }: OutputPlan, source: Source): Facts {
  if (video === undefined) return {};
  const { width, height } = video === 'copy' ? source.shown : video.size;
  const fps = template.video.fps ?? source.video?.fps;
  return { width, height, ...(fps === undefined ? {} : { fps }) };
}

/** FFmpeg ends well when its input ends too early. */
function checkLength({ expectedSeconds, source }: EncodedFile, madeSeconds: number | undefined): void {
  if (expectedSeconds === undefined || madeSeconds === undefined || !EXACT.test(source.info.format)) return;
  const missing = expectedSeconds - madeSeconds;
  if (missing <= Math.max(MISSING_SECONDS, expectedSeconds * MISSING_PART)) return;
  const message = `the input is damaged or incomplete: of ${expectedSeconds.toFixed(1)} s only ${madeSeconds.toFixed(1)} s came out`;
  throw new MediaError('INPUT_BROKEN', message, 'Upload it again, and check that it plays to its end elsewhere.');
}

function lengthOfList(text: string): number {
  return [...text.matchAll(/^#EXTINF:([\d.]+)/gm)].reduce((sum, [, seconds]) => sum + Number(seconds), 0);
}

async function bytesOf(folder: string): Promise<number> {
  const names = await readdir(folder);
  const sizes = await Promise.all(names.map(async (name) => (await stat(join(folder, name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** A list with what lies beside it; it is written anew with the names that its segments get. */
async function listed(list: string, folder: string, container: Container): Promise<ListedFiles> {
  const names = (await readdir(folder)).filter((name) => join(folder, name) !== list).sort();
  const text = await readFile(list, 'utf8');
  return {
    list,
    others: names.map((name) => ({ name, file: join(folder, name) })),
    rewrite: (nameOf) => writeFile(list, container === 'm3u8' ? renamedHls(text, nameOf) : renamedDash(text, nameOf)),
  };
}
