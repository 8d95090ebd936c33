import { mkdir } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { MediaError, subtitlesOf } from '../ffmpeg/index.ts';
import { openMedia } from './open-media.ts';
import { type Publication, publishFile } from './publish.ts';
import type { Source } from './source.ts';
import type { MediaRun, SubtitleSource, TranscodeOutput, TranscodeTask } from './task.ts';
import { ffmpeg, inputOf, probe, type Tools } from './tools.ts';

type Wanted = { readonly name: string; readonly format: 'ass' | 'webvtt' };

/** Writes a text track into the folder of the run; returns the file's name there. Times are those of the part that is processed. */
export async function subtitleFile(
  tools: Tools,
  source: Source,
  subtitles: SubtitleSource,
  run: MediaRun,
  { name, format }: Wanted,
): Promise<string> {
  const file = `${name}.${format === 'ass' ? 'ass' : 'vtt'}`;
  const { opened, track } = await opening(tools, source, subtitles, run, name);
  const { seekSeconds, durationSeconds } = source.range;
  const range = [
    ...(seekSeconds === undefined ? [] : ['-ss', seekSeconds.toFixed(3)]),
    ...(durationSeconds === undefined ? [] : ['-t', durationSeconds.toFixed(3)]),
  ];
  await ffmpeg(tools, run, [...inputOf(opened, tools), '-map', `0:${track}`, ...range, '-f', format, file]);
  return file;
}

async function opening(tools: Tools, source: Source, subtitles: SubtitleSource, run: MediaRun, name: string) {
  if ('track' in subtitles) return { opened: source, track: textTrack(source.info, subtitles.track) };
  const folder = join(run.folder, `${name}-input`);
  await mkdir(folder, { recursive: true });
  const opened = await openMedia(subtitles.place, folder, tools.opening, run.signal);
  return { opened, track: textTrack(await probe(tools, opened, run.signal), 0) };
}

function textTrack(info: Source['info'], index: number): number {
  const found = subtitlesOf(info)[index];
  if (!found)
    throw new MediaError('INPUT_LACKS_TRACK', `there is no subtitle track ${index}`, 'Tracks are counted from 0.');
  if (found.isText) return found.index;
  const message = `subtitle track ${index} has pictures (${found.codec}), not text`;
  throw new MediaError('INPUT_LACKS_TRACK', message, 'Give the text as SubRip, ASS or WebVTT.');
}

/** Writes text tracks beside an output: `film.mp4` has `film.en.vtt`. */
export async function publishSubtitles(
  tools: Tools,
  source: Source,
  { subtitles = [] }: TranscodeTask,
  publication: Publication,
  run: MediaRun,
): Promise<NonNullable<TranscodeOutput['subtitles']>> {
  const published: { object: string; language?: string; name?: string }[] = [];
  for (const [index, subtitle] of subtitles.entries()) {
    const file = await subtitleFile(tools, source, subtitle, run, { name: `subtitle-${index}`, format: 'webvtt' });
    const { storage, object } = publication.target;
    const { language, name } = subtitle;
    const stem = object.slice(0, object.length - posix.extname(object).length);
    const target = { storage, object: `${stem}.${language?.replace(/[^\w-]/g, '') || index}.vtt` };
    const { object: written } = await publishFile(tools.storages, join(run.folder, file), { ...publication, target });
    published.push({
      object: written,
      ...(language === undefined ? {} : { language }),
      ...(name === undefined ? {} : { name }),
    });
  }
  return published;
}
