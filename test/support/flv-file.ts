import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeFileHeader, encodeTag, FlvReader, type FlvTag } from '../../src/protocol/flv/index.ts';
import { runToEnd } from './child.ts';
import { type TestPicture, testPictureArgs } from './publish.ts';
import { tempDir } from './temp-dir.ts';

/** All tags of an FLV file. */
export async function readFlv(path: string): Promise<FlvTag[]> {
  return new FlvReader({ maxTagBytes: 0xffffff }).push(await readFile(path));
}

/** A capture of test/fixtures/captures. */
export function capturePath(name: string): string {
  return fileURLToPath(new URL(`../fixtures/captures/${name}`, import.meta.url));
}

export type MadeFlv = { readonly path: string; readonly tags: readonly FlvTag[]; remove(): Promise<void> };

/** A test picture encoded to a file, as fast as it goes; `more` are FFmpeg's arguments before the output. */
export async function makeFlv(picture: TestPicture, more: readonly string[] = []): Promise<MadeFlv> {
  const dir = await tempDir('flv');
  const path = join(dir.path, 'picture.flv');
  const args = testPictureArgs(picture).filter((arg) => arg !== '-re');
  await runToEnd('ffmpeg', [...args, ...more, '-f', 'flv', '-y', path], 120_000);
  const tags = await readFlv(path);
  return { path, tags, remove: () => rm(dir.path, { recursive: true, force: true }) };
}

/** Tags that carry frames, without metadata and sequence headers, by kind. */
export function framesOf(tags: readonly FlvTag[], type: 'audio' | 'video'): FlvTag[] {
  return tags.filter((tag) => tag.type === type && !isSequenceHeader(tag) && tag.payload.length > 5);
}

/** Whether the tag brings parameters, in the old form or in the enhanced one. */
export function isSequenceHeader({ type, payload }: FlvTag): boolean {
  const first = payload[0] ?? 0;
  if (type === 'video') return first & 0x80 ? (first & 0x0f) === 0 : payload[1] === 0;
  if (type === 'audio') return first >>> 4 === 9 ? (first & 0x0f) === 0 : first >>> 4 === 10 && payload[1] === 0;
  return false;
}

/** Whether the tag is a key frame, in the old form or in the enhanced one. */
export function isKeyFrameTag(tag: FlvTag): boolean {
  return tag.type === 'video' && !isSequenceHeader(tag) && (((tag.payload[0] ?? 0) >>> 4) & 7) === 1;
}

/** The tags as an FLV file. */
export function flvFile(tags: readonly FlvTag[]): Uint8Array {
  const header = encodeFileHeader({ hasVideo: true, hasAudio: true });
  return Buffer.concat([header, ...tags.map((tag) => encodeTag(tag.type, tag.timestampMs, tag.payload))]);
}

/** MD5 of every decoded picture, in order of display, as FFmpeg sees them. */
export async function pictureHashes(media: Uint8Array, format: 'flv' | 'mp4' | 'ts'): Promise<string[]> {
  return await withFile(media, format, async (path) => {
    const args = ['-v', 'error', '-i', path, '-map', '0:v', '-fps_mode', 'passthrough', '-f', 'framemd5', '-'];
    const text = await runToEnd('ffmpeg', args);
    const rows = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    return rows.map((row) => row.split(',').at(-1)?.trim() ?? '');
  });
}

export type ProbedStream = { readonly codec_name?: string; readonly codec_type: string; readonly width?: number };

/** The streams that ffprobe finds. */
export async function probe(media: Uint8Array, format: 'flv' | 'mp4' | 'ts'): Promise<ProbedStream[]> {
  return await withFile(media, format, async (path) => {
    const text = await runToEnd('ffprobe', ['-v', 'error', '-show_streams', '-of', 'json', path]);
    return (JSON.parse(text) as { streams: ProbedStream[] }).streams;
  });
}

async function withFile<T>(media: Uint8Array, format: string, use: (path: string) => Promise<T>): Promise<T> {
  const dir = await tempDir('media');
  try {
    const path = join(dir.path, `media.${format}`);
    await writeFile(path, media);
    return await use(path);
  } finally {
    await dir.remove();
  }
}
