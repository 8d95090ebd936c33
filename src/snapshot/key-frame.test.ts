import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { videoSourceOf } from '../ingest/index.ts';
import type { VideoPacket } from '../live/index.ts';
import { decodeVideoTag, FlvReader } from '../protocol/flv/index.ts';
import { decodeBatch } from './decode-batch.ts';
import { keyFrameOf } from './key-frame.ts';

const options = { ffmpegPath: 'ffmpeg', colourTool: 'scale', quality: 4, timeoutMs: 20_000 } as const;

/** The key frames of a capture, as they come from a publisher. */
function keyFramesIn(file: string): VideoPacket[] {
  const bytes = readFileSync(new URL(`../../test/fixtures/captures/${file}`, import.meta.url));
  let source: ReturnType<typeof videoSourceOf> | undefined;
  return [...new FlvReader().push(bytes)].flatMap((tag) => {
    const decoded = tag.type === 'video' ? decodeVideoTag(tag.payload) : undefined;
    if (decoded?.kind === 'sequence-header') source = videoSourceOf(decoded.codec, decoded.config);
    if (decoded?.kind !== 'frame' || !decoded.isKeyFrame || !source) return [];
    const { data } = decoded;
    const times = { dtsMs: tag.timestampMs, wallMs: 0, mediaTime: 0, compositionMs: 0 };
    return [{ kind: 'video', track: source.trackAt(data), ...times, isKeyFrame: true, data }];
  });
}

it.each([
  ['enhanced-h264opus.flv', 'h264'],
  ['enhanced-hevc.flv', 'hevc'],
  ['enhanced-av1.flv', 'obu'],
  ['enhanced-vp9opus.flv', 'ivf'],
])('key frames of %s are decoded together, by themselves', async (file, format) => {
  const packets = keyFramesIn(file);
  const [first] = packets;
  if (!first) throw new Error('no key frame');
  const frames = [...packets, ...packets].map((packet) => keyFrameOf(packet, { tileShortSide: 32 }));
  expect(frames[0]?.format).toBe(format);
  const pictures = await decodeBatch(frames, { ...options, signal: new AbortController().signal });
  expect(pictures.length).toBe(frames.length);
  for (const { jpeg, tile } of pictures) {
    expect(sizeOf(jpeg)).toEqual({ width: first.track.width, height: first.track.height });
    expect(Math.min(tile.width, tile.height)).toBe(32);
    const [darkest, brightest] = [Math.min(...tile.luma), Math.max(...tile.luma)];
    expect(brightest - darkest).toBeGreaterThan(50);
  }
  expect(pictures.slice(packets.length).map(({ jpeg }) => jpeg)).toEqual(
    pictures.slice(0, packets.length).map(({ jpeg }) => jpeg),
  );
});

/** From the frame header (SOF0) of a baseline JPEG. */
function sizeOf(jpeg: Uint8Array) {
  const bytes = Buffer.from(jpeg);
  const at = bytes.indexOf(Buffer.of(0xff, 0xc0));
  return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
}
