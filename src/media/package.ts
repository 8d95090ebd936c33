import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { audiosOf, MediaError, videoOf } from '../ffmpeg/index.ts';
import { codecsOf } from './codec-names.ts';
import { writeKey } from './hls-key.ts';
import { renamedDash, renamedHls } from './list-names.ts';
import type { MediaPlace, MediaTarget } from './media-place.ts';
import { openMedia } from './open-media.ts';
import { publishList } from './publish.ts';
import type { Collision, Encryption, MediaRun, TranscodeTask } from './task.ts';
import { ffmpeg, inputOf, type KnownMedia, probe, type Tools } from './tools.ts';
import { encodeAll } from './transcode.ts';

/** Renditions that a player changes between. Plain JSON. */
export type PackageTask = {
  readonly format: 'm3u8' | 'mpd';
  readonly segmentSeconds?: number;
  /** Of HLS. */
  readonly segmentType?: 'ts' | 'fmp4';
  readonly encryption?: Encryption;
  readonly subtitles?: readonly { readonly place: MediaPlace; readonly language: string; readonly name: string }[];
  readonly output: MediaTarget;
  readonly onCollision?: Collision;
};

export type PackageOutput = {
  readonly storage: string;
  /** The multivariant playlist, or the manifest. */
  readonly object: string;
  readonly objects: readonly string[];
  readonly format: 'm3u8' | 'mpd';
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly durationSeconds?: number;
  readonly renditions: readonly {
    readonly width?: number;
    readonly height?: number;
    readonly bitsPerSecond?: number;
  }[];
};

const DEFAULT_SEGMENT_SECONDS = 6;

/** Packages files that are there, as they are: their key frames must be at the same times, as `transcodeAll` sets them. */
export async function packageMedia(
  tools: Tools,
  places: readonly MediaPlace[],
  task: PackageTask,
  run: MediaRun,
): Promise<PackageOutput> {
  const media: KnownMedia[] = [];
  for (const [index, place] of places.entries()) {
    const folder = join(run.folder, `rendition-${index}`);
    await mkdir(folder, { recursive: true });
    const opened = await openMedia(place, folder, tools.opening, run.signal);
    media.push({ ...opened, info: await probe(tools, opened, run.signal) });
  }
  return packaged(tools, media, task, run);
}

/** Encodes several renditions of one input in one decoding, and packages them. */
export async function transcodeAdaptive(
  tools: Tools,
  tasks: readonly Omit<TranscodeTask, 'output' | 'onCollision'>[],
  task: PackageTask,
  run: MediaRun,
): Promise<PackageOutput> {
  const seconds = task.segmentSeconds ?? DEFAULT_SEGMENT_SECONDS;
  const encoded = await encodeAll(
    tools,
    tasks.map((each) => asRendition(each, task.output, seconds)),
    run,
  );
  const media: KnownMedia[] = [];
  for (const { folder } of encoded) {
    const file = { path: join(folder, 'out.mp4'), kind: 'file', sizeBytes: 0 } as const;
    media.push({ ...file, info: await probe(tools, file, run.signal) });
  }
  return packaged(tools, media, task, run);
}

/** A key frame where each segment begins, whatever the template says. */
function asRendition(task: Omit<TranscodeTask, 'output'>, output: MediaTarget, seconds: number): TranscodeTask {
  const { gopFrames: _frames, ...video } = task.template.video;
  const { encryption: _encryption, ...rest } = task;
  const every = seconds / Math.max(1, Math.ceil(seconds / (video.gopSeconds ?? seconds)));
  return { ...rest, template: { ...task.template, container: 'mp4', video: { ...video, gopSeconds: every } }, output };
}

async function packaged(
  tools: Tools,
  media: readonly KnownMedia[],
  task: PackageTask,
  run: MediaRun,
): Promise<PackageOutput> {
  if (media.length === 0)
    throw new MediaError('INPUT_LACKS_TRACK', 'there is no rendition to package', 'Name at least one.');
  const folder = join(run.folder, 'package');
  await mkdir(folder, { recursive: true });
  const args = task.format === 'm3u8' ? await hlsArguments(media, task, folder) : dashArguments(media, task);
  const inputs = media.flatMap((each) => inputOf(each, tools));
  await ffmpeg(tools, { ...run, folder }, [...inputs, ...args]);
  const list = join(folder, `out.${task.format}`);
  if (task.format === 'm3u8') await describeVariants(list, media);
  if (task.format === 'm3u8') await addSubtitles(tools, list, task, media, { ...run, folder });
  const names = (await readdir(folder)).filter((name) => join(folder, name) !== list).sort();
  const text = await readFile(list, 'utf8');
  const rename = task.format === 'm3u8' ? renamedHls : renamedDash;
  const files = {
    list,
    others: names.map((name) => ({ name, file: join(folder, name) })),
    rewrite: (nameOf: (name: string) => string) => writeFile(list, rename(text, nameOf)),
  };
  const facts = { seed: run.seed ?? JSON.stringify(task), atMs: run.atMs ?? Date.now() };
  const publication = { target: task.output, onCollision: task.onCollision, signal: run.signal, facts };
  const published = await publishList(tools.storages, files, publication);
  const durationSeconds = media[0]?.info.durationSeconds;
  return {
    ...{ storage: task.output.storage, format: task.format, ...published },
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
    renditions: media.map(({ info }) => {
      const video = videoOf(info);
      const { bitsPerSecond } = info;
      return {
        ...(video ? { width: video.shownWidth, height: video.shownHeight } : {}),
        ...(bitsPerSecond === undefined ? {} : { bitsPerSecond }),
      };
    }),
  };
}

/** Each rendition with its own sound: `0.m3u8`, `0-00001.ts` ... */
async function hlsArguments(media: readonly KnownMedia[], task: PackageTask, folder: string): Promise<string[]> {
  const { segmentSeconds = DEFAULT_SEGMENT_SECONDS, segmentType = 'ts', encryption } = task;
  const maps = media.flatMap(({ info }, index) => mapsOf(info, index));
  let [videos, audios] = [0, 0];
  const variants = media.map(({ info }) => {
    const parts = [
      ...(videoOf(info) ? [`v:${videos++}`] : []),
      ...(audiosOf(info).length > 0 ? [`a:${audios++}`] : []),
    ];
    return parts.join(',');
  });
  const key = encryption
    ? ['-hls_key_info_file', await writeKey(encryption, { container: 'm3u8', video: {}, audio: {} }, folder)]
    : [];
  const fragments = [
    '-hls_segment_type',
    'fmp4',
    '-hls_fmp4_init_filename',
    'init-%v.mp4',
    '-hls_segment_filename',
    '%v-%05d.m4s',
  ];
  return [
    ...[...maps, '-c', 'copy', '-map_metadata', '-1', '-f', 'hls', '-hls_time', String(segmentSeconds)],
    ...['-hls_playlist_type', 'vod', '-hls_list_size', '0', '-start_number', '1', '-hls_flags', 'independent_segments'],
    ...(segmentType === 'fmp4' ? fragments : ['-hls_segment_filename', '%v-%05d.ts']),
    ...[...key, '-var_stream_map', variants.join(' '), '-master_pl_name', 'out.m3u8', '%v.m3u8'],
  ];
}

/** All pictures, and the sound of the first. */
function dashArguments(
  media: readonly KnownMedia[],
  { segmentSeconds = DEFAULT_SEGMENT_SECONDS }: PackageTask,
): string[] {
  const pictures = media.flatMap(({ info }, index) =>
    videoOf(info) ? ['-map', `${index}:${videoOf(info)?.index}`] : [],
  );
  const heard = media.findIndex(({ info }) => audiosOf(info).length > 0);
  const sound = heard < 0 ? [] : ['-map', `${heard}:a:0`];
  const sets = [...(pictures.length > 0 ? ['id=0,streams=v'] : []), ...(heard < 0 ? [] : ['id=1,streams=a'])];
  return [
    ...[
      ...pictures,
      ...sound,
      '-c',
      'copy',
      '-map_metadata',
      '-1',
      '-f',
      'dash',
      '-seg_duration',
      String(segmentSeconds),
    ],
    ...['-use_template', '1', '-use_timeline', '1', '-adaptation_sets', sets.join(' ')],
    ...[
      '-init_seg_name',
      'init-$RepresentationID$.m4s',
      '-media_seg_name',
      '$RepresentationID$-$Number%05d$.m4s',
      'out.mpd',
    ],
  ];
}

function mapsOf(info: KnownMedia['info'], index: number): string[] {
  const [video, [audio]] = [videoOf(info), audiosOf(info)];
  return [...(video ? ['-map', `${index}:${video.index}`] : []), ...(audio ? ['-map', `${index}:${audio.index}`] : [])];
}

/** What FFmpeg does not say of files that it takes over: it looks for H.264 as it is in MPEG-TS. */
async function describeVariants(list: string, media: readonly KnownMedia[]): Promise<void> {
  let index = 0;
  const text = (await readFile(list, 'utf8')).replace(/^#EXT-X-STREAM-INF:.*$/gm, (line) => {
    const info = media[index++]?.info;
    const codecs = info && codecsOf(info);
    const fps = info && videoOf(info)?.fps;
    const rate = fps === undefined ? '' : `,FRAME-RATE=${fps.toFixed(3)}`;
    return `${line}${codecs === undefined || line.includes('CODECS=') ? '' : `,CODECS="${codecs}"`}${rate}`;
  });
  await writeFile(list, text);
}

/** Each text track is one WebVTT, listed by a playlist of its own. */
async function addSubtitles(
  tools: Tools,
  list: string,
  { subtitles = [] }: PackageTask,
  media: readonly KnownMedia[],
  run: MediaRun,
): Promise<void> {
  if (subtitles.length === 0) return;
  const seconds = media[0]?.info.durationSeconds ?? 0;
  const lines: string[] = [];
  for (const [index, { place, language, name }] of subtitles.entries()) {
    const folder = `${run.folder}-subtitle-${index}`;
    await mkdir(folder, { recursive: true });
    const opened = await openMedia(place, folder, tools.opening, run.signal);
    await ffmpeg(tools, run, [...inputOf(opened, tools), '-map', '0:s:0', '-f', 'webvtt', `text-${index}.vtt`]);
    const head = `#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:${Math.ceil(seconds)}\n#EXT-X-PLAYLIST-TYPE:VOD\n`;
    await writeFile(
      join(run.folder, `text-${index}.m3u8`),
      `${head}#EXTINF:${seconds.toFixed(3)},\ntext-${index}.vtt\n#EXT-X-ENDLIST\n`,
    );
    const [tag, shown] = [language.replace(/[^\w-]/g, ''), name.replace(/["\r\n]/g, '')];
    const about = `TYPE=SUBTITLES,GROUP-ID="text",NAME="${shown}",LANGUAGE="${tag}",AUTOSELECT=YES,DEFAULT=${index === 0 ? 'YES' : 'NO'}`;
    lines.push(`#EXT-X-MEDIA:${about},URI="text-${index}.m3u8"`);
  }
  const text = (await readFile(list, 'utf8')).replace(/^(#EXT-X-STREAM-INF:.*)$/gm, '$1,SUBTITLES="text"');
  await writeFile(list, text.replace(/^#EXT-X-STREAM-INF/m, `${lines.join('\n')}\n#EXT-X-STREAM-INF`));
}
