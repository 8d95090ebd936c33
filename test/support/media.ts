import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findEncoders } from '../../src/ffmpeg/index.ts';
import { createLogger } from '../../src/log/index.ts';
import { type MediaLimits, type MediaRun, MediaTools } from '../../src/media/index.ts';
import { type StorageSetting, Storages } from '../../src/storage/index.ts';
import { tempDir } from './temp-dir.ts';

const run = promisify(execFile);

/** Small media and short work. */
const LIMITS: MediaLimits = {
  ...{ timeMs: 120_000, outputBytes: 500_000_000, memoryBytes: 2_147_483_648, processes: 256 },
  ...{ pixels: 67_108_864, inputBytes: 1_000_000_000 },
};

/** Tools over a storage `disk` in a folder of their own or another's, and a root for files that are read in place. */
export async function openMediaTools(
  options: {
    limits?: Partial<MediaLimits>;
    storages?: readonly StorageSetting[];
    urls?: 'public' | 'private';
    folder?: string;
  } = {},
) {
  const own = options.folder === undefined ? await tempDir('media') : undefined;
  const folder = own?.path ?? (options.folder as string);
  const [root, disk] = [join(folder, 'root'), join(folder, 'disk')];
  for (const each of [root, disk]) mkdirSync(each, { recursive: true });
  const settings: StorageSetting[] = [{ kind: 'folder', name: 'disk', folder: disk }, ...(options.storages ?? [])];
  const storages = await Storages.open(settings, createLogger({ level: 'silent' }));
  const { available } = await findEncoders('ffmpeg', { kind: 'software' });
  const tools = new MediaTools({
    ...{ ffmpeg: ['ffmpeg'], ffprobe: ['ffprobe'], storages, roots: [root], urls: options.urls ?? 'public' },
    keptFolder: join(folder, `kept-${process.pid}`),
    encoders: async () => available,
    limits: { ...LIMITS, ...options.limits },
    font: () => ({ font: '/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf' }),
  });
  const close = async () => {
    await tools.close();
    storages.close();
    await own?.remove();
  };
  const work = async (more: Partial<MediaRun> = {}): Promise<MediaRun> => {
    return { folder: await mkdtemp(join(folder, 'run-')), ...more };
  };
  return { tools, storages, folder, root, disk, work, close };
}

/** Runs FFmpeg as whoever makes test media does. */
export async function ffmpeg(...args: readonly string[]): Promise<string> {
  const { stderr } = await run('ffmpeg', ['-hide_banner', '-nostdin', '-y', ...args], { maxBuffer: 10_000_000 });
  return stderr;
}

/** A picture that moves and a tone, H.264 and AAC, in one file. */
export async function makeFilm(
  file: string,
  { seconds = 3, size = '320x180', rate = '25', more = [] as string[] } = {},
) {
  await ffmpeg(
    ...['-v', 'error', '-f', 'lavfi', '-i', `testsrc2=size=${size}:rate=${rate}:duration=${seconds}`],
    ...['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${seconds}`],
    ...[
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-g',
      '50',
      '-pix_fmt',
      'yuv420p',
      '-c:a',
      'aac',
      '-b:a',
      '64k',
      ...more,
      file,
    ],
  );
  return file;
}

/** What foreign eyes see: FFprobe's own words. */
export async function ffprobe(file: string): Promise<{
  format: { format_name: string; duration?: string; bit_rate?: string; tags?: Record<string, string> };
  streams: {
    codec_type: string;
    codec_name: string;
    width?: number;
    height?: number;
    channels?: number;
    sample_rate?: string;
    pix_fmt?: string;
    avg_frame_rate?: string;
    field_order?: string;
    color_transfer?: string;
    profile?: string;
    nb_read_packets?: string;
    sample_aspect_ratio?: string;
    side_data_list?: { rotation?: number }[];
  }[];
}> {
  const args = ['-v', 'error', '-of', 'json', '-show_format', '-show_streams', '-count_packets', file];
  return JSON.parse((await run('ffprobe', args, { maxBuffer: 50_000_000 })).stdout);
}
