import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { NewAssetFile } from '../../src/vod/index.ts';
import { runToEnd } from './child.ts';

export const TALK_SECONDS = 12;

/** A file of an asset, but for whose it is. */
export type MediaFile = Omit<NewAssetFile, 'asset' | 'storage'>;

const SOURCE = [
  ...['-v', 'error', '-y', '-f', 'lavfi', '-i', `testsrc2=size=320x180:rate=10:duration=${TALK_SECONDS}`],
  ...['-f', 'lavfi', '-i', `sine=frequency=440:duration=${TALK_SECONDS}`],
];
const CODED = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '20', '-sc_threshold', '0', '-pix_fmt', 'yuv420p'];
const SOUND = ['-c:a', 'aac', '-b:a', '48k', '-ac', '1'];

/** Makes a talk of twelve seconds below a folder: two qualities of HLS, MP4, captions and small pictures. */
export async function makeTalk(root: string, folder: string): Promise<MediaFile[]> {
  const at = join(root, folder);
  await mkdir(at, { recursive: true });
  await hls(at, 'sd', ['-b:v', '200k']);
  await hls(at, 'ld', ['-vf', 'scale=160:90', '-b:v', '60k']);
  await runToEnd('ffmpeg', [...SOURCE, ...CODED, ...SOUND, '-movflags', '+faststart', join(at, 'sd.mp4')]);
  await runToEnd('ffmpeg', [...SOURCE, '-vf', 'fps=1/2,scale=80:45,tile=3x2', '-frames:v', '1', join(at, 'tiles.jpg')]);
  await writeFile(join(at, 'tiles.vtt'), tilesVtt());
  await writeFile(join(at, 'talk.en.vtt'), 'WEBVTT\n\n00:00.000 --> 00:12.000\nGood evening\n');
  await writeFile(join(at, 'talk.zh.srt'), '1\r\n00:00:00,000 --> 00:00:12,000\r\n晚上好\r\n');
  const size = async (name: string) => (await stat(join(at, name))).size;
  const file = async (name: string, role: MediaFile['role'], more: Partial<MediaFile> = {}): Promise<MediaFile> => ({
    ...{
      role,
      object: `${folder}/${name}`,
      format: name.slice(name.lastIndexOf('.') + 1),
      sizeBytes: await size(name),
    },
    ...more,
  });
  const sd = { definition: 'SD', width: 320, height: 180, fps: 10, bitsPerSecond: 250_000 };
  const ld = { definition: 'LD', width: 160, height: 90, fps: 10, bitsPerSecond: 110_000 };
  return [
    await file('sd.m3u8', 'rendition', sd),
    await file('ld.m3u8', 'rendition', ld),
    await file('sd.mp4', 'rendition', sd),
    await file('talk.en.vtt', 'captions'),
    await file('talk.zh.srt', 'captions'),
    await file('tiles.vtt', 'vtt'),
    await file('tiles.jpg', 'sprite'),
  ];
}

/** HLS whose segments are encrypted by AES-128, with its key below the playlist's name. */
export async function makeLocked(root: string, folder: string): Promise<MediaFile[]> {
  const at = join(root, folder);
  await mkdir(join(at, 'locked'), { recursive: true });
  await writeFile(join(at, 'locked/1.key'), Buffer.from('0123456789abcdef'));
  await writeFile(join(at, 'key-info'), `locked/1.key\n${join(at, 'locked/1.key')}\n`);
  await hls(at, 'locked', ['-b:v', '200k', '-hls_key_info_file', join(at, 'key-info')]);
  const about = { role: 'rendition', definition: 'SD', format: 'm3u8', sizeBytes: 1, encryption: 'AES-128' } as const;
  return [{ ...about, object: `${folder}/locked.m3u8` }];
}

/** DASH of a picture and its sound, as FFmpeg writes it. */
export async function makeDash(root: string, folder: string): Promise<MediaFile[]> {
  const at = join(root, folder);
  await mkdir(join(at, 'film'), { recursive: true });
  await runToEnd('ffmpeg', [
    ...[...SOURCE, ...CODED, ...SOUND, '-f', 'dash', '-seg_duration', '2', '-use_timeline', '1', '-use_template', '1'],
    ...['-init_seg_name', 'film/init-$RepresentationID$.m4s'],
    ...['-media_seg_name', 'film/$RepresentationID$-$Number%05d$.m4s', join(at, 'film.mpd')],
  ]);
  return [{ role: 'rendition', definition: 'SD', format: 'mpd', sizeBytes: 1, object: `${folder}/film.mpd` }];
}

/** HLS in fragmented MP4 whose segments are ranges of one file. */
export async function makeRanged(root: string, folder: string): Promise<MediaFile[]> {
  const at = join(root, folder);
  await mkdir(join(at, 'one'), { recursive: true });
  await runToEnd('ffmpeg', [
    ...[...SOURCE, ...CODED, ...SOUND, '-f', 'hls', '-hls_time', '2', '-hls_playlist_type', 'vod'],
    ...['-hls_segment_type', 'fmp4', '-hls_flags', 'single_file', '-hls_base_url', 'one/'],
    ...['-hls_segment_filename', join(at, 'one/all.m4s'), join(at, 'one.m3u8')],
  ]);
  // FFmpeg forgets the base of what all segments begin with.
  const text = await readFile(join(at, 'one.m3u8'), 'utf8');
  await writeFile(join(at, 'one.m3u8'), text.replace('URI="all.m4s"', 'URI="one/all.m4s"'));
  return [{ role: 'rendition', definition: 'SD', format: 'm3u8', sizeBytes: 1, object: `${folder}/one.m3u8` }];
}

/** All files below a folder, by their names there. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return files.map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1));
}

async function hls(at: string, name: string, more: readonly string[]): Promise<void> {
  await mkdir(join(at, name), { recursive: true });
  await runToEnd('ffmpeg', [
    ...[...SOURCE, ...CODED, ...more, ...SOUND, '-f', 'hls', '-hls_time', '2', '-hls_playlist_type', 'vod'],
    ...['-hls_base_url', `${name}/`, '-hls_segment_filename', join(at, name, '%d.ts'), join(at, `${name}.m3u8`)],
  ]);
}

function tilesVtt(): string {
  const cues = Array.from({ length: 6 }, (_, index) => {
    const time = (seconds: number) => `00:00:${String(seconds).padStart(2, '0')}.000`;
    const place = `${(index % 3) * 80},${Math.floor(index / 3) * 45},80,45`;
    return `${time(index * 2)} --> ${time(index * 2 + 2)}\ntiles.jpg#xywh=${place}`;
  });
  return `WEBVTT\n\n${cues.join('\n\n')}\n`;
}
