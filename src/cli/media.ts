import { constants, existsSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, extname, join, resolve } from 'node:path';
import { findFfmpeg, mediaTools } from '../app/index.ts';
import { loadConfig } from '../config/index.ts';
import type { MediaInfo, MediaStream } from '../ffmpeg/index.ts';
import { createLogger } from '../log/index.ts';
import type { MediaPlace, MediaRun, MediaTools } from '../media/index.ts';
import { Storages } from '../storage/index.ts';
import { CliError } from './installation/index.ts';

type Common = { readonly config?: string };
type Written = Common & { readonly output?: string; readonly force?: boolean; readonly width?: string };

/** Prints what a media file is. */
export async function probe(file: string, { json, ...options }: Common & { readonly json?: boolean }): Promise<number> {
  return withMedia(file, options, async (tools, place, run) => {
    const info = await tools.probe(place, run);
    process.stdout.write(json ? `${JSON.stringify(info, null, 2)}\n` : infoText(info));
  });
}

/** Writes one picture of a film into a file. */
export async function frame(file: string, options: Written & { readonly at: string }): Promise<number> {
  const output = options.output ?? `${stemOf(file)}.jpg`;
  const format = ({ '.png': 'png', '.webp': 'webp' } as const)[extname(output).toLowerCase()] ?? 'jpg';
  const task = { atSeconds: numberOf('--at', options.at), format, ...widthOf(options) } as const;
  return withMedia(file, options, async (tools, place, run) => {
    await write(await tools.frame(place, task, run), output, options);
  });
}

/** Writes a moving preview of a film into a file: GIF, or WebP where its name ends so. */
export async function gif(
  file: string,
  options: Written & { readonly start: string; readonly seconds: string; readonly fps: string },
): Promise<number> {
  const output = options.output ?? `${stemOf(file)}.gif`;
  const task = {
    format: extname(output).toLowerCase() === '.webp' ? 'webp' : 'gif',
    startSeconds: numberOf('--start', options.start),
    durationSeconds: numberOf('--seconds', options.seconds),
    fps: numberOf('--fps', options.fps),
    ...widthOf(options),
  } as const;
  return withMedia(file, options, async (tools, place, run) => {
    await write(await tools.animationFile(place, task, run), output, options);
  });
}

/** On this machine alone: whoever may run this may read what they name. */
async function withMedia(
  file: string,
  options: Common,
  work: (tools: MediaTools, place: MediaPlace, run: MediaRun) => Promise<void>,
): Promise<number> {
  const isUrl = /^https?:\/\//i.test(file);
  if (!isUrl && !existsSync(file)) throw new CliError(`there is no ${file}`, 'Check the path.');
  const config = loadConfig({ file: options.config, env: process.env, cwd: process.cwd() });
  const storages = await Storages.open([], createLogger({ level: 'silent' }));
  const ffmpeg = findFfmpeg(config.ffmpegPath ?? undefined)?.path;
  const tools = mediaTools({ ...config, media: { ...config.media, roots: ['/'] } }, storages, ffmpeg);
  const folder = await mkdtemp(join(tmpdir(), 'headwater-media-'));
  try {
    await work(tools, isUrl ? { url: file } : { file: resolve(file) }, { folder });
    return 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
    await tools.close();
    storages.close();
  }
}

async function write(made: string, output: string, { force }: Written): Promise<void> {
  try {
    await copyFile(made, output, force ? 0 : constants.COPYFILE_EXCL);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new CliError(`${output} is there already`, 'Name another with --output, or add --force.', { cause });
  }
  process.stdout.write(`${output}\n`);
}

function infoText(info: MediaInfo): string {
  const seconds = info.durationSeconds === undefined ? 'unknown length' : `${info.durationSeconds.toFixed(2)} s`;
  const rate = info.bitsPerSecond === undefined ? '' : `, ${Math.round(info.bitsPerSecond / 1000)} kbit/s`;
  const lines = [`${info.formatLongName}, ${seconds}${rate}`, ...info.streams.map(streamText)];
  return `${lines.join('\n')}\n`;
}

function streamText(stream: MediaStream): string {
  const language = stream.language === undefined ? '' : `, ${stream.language}`;
  const start = `  ${stream.index} ${stream.kind}: ${stream.codec}${stream.profile === undefined ? '' : ` (${stream.profile})`}`;
  if (stream.kind === 'audio') {
    const layout = stream.channelLayout ?? `${stream.channels} channels`;
    return `${start}, ${stream.sampleRate} Hz, ${layout}${language}`;
  }
  if (stream.kind !== 'video') return `${start}${language}`;
  const facts = [
    `${stream.shownWidth}x${stream.shownHeight}`,
    ...(stream.fps === undefined
      ? []
      : [`${Number(stream.fps.toFixed(3))} fps${stream.isVariableRate ? ' (varies)' : ''}`]),
    ...(stream.rotation === 0 ? [] : [`turned by ${stream.rotation}`]),
    ...(stream.isInterlaced ? ['interlaced'] : []),
    ...(stream.hdr === undefined ? [] : [stream.hdr]),
    ...(stream.isCover ? ['cover'] : []),
  ];
  return `${start}, ${facts.join(', ')}${language}`;
}

function stemOf(file: string): string {
  const name = basename(/^https?:\/\//i.test(file) ? new URL(file).pathname : file);
  return name.slice(0, name.length - extname(name).length) || 'media';
}

function widthOf({ width }: Written): { readonly width?: number } {
  return width === undefined ? {} : { width: numberOf('--width', width) };
}

function numberOf(option: string, text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new CliError(`${option} ${text} is no number`, 'Give one such as 2.5.', { exitCode: 2 });
}
