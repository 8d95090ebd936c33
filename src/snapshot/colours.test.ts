import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { videoSourceOf } from '../ingest/index.ts';
import type { VideoPacket } from '../live/index.ts';
import { decodeVideoTag, FlvReader } from '../protocol/flv/index.ts';
import { coloursOf } from './colours.ts';
import { decodeBatch } from './decode-batch.ts';
import { type ColourTool, findColourTool } from './jpeg-colours.ts';
import { keyFrameOf } from './key-frame.ts';

/** Green-blue, which the two matrices differ about most. */
const CYAN = [0, 192, 192];
const signal = new AbortController().signal;
const common = { timeoutMs: 20_000, signal };

type Source = {
  readonly size: string;
  readonly matrix: string;
  readonly range?: string;
  readonly isLabelled?: boolean;
};

/** A key frame of one colour, written as it is said, and labelled so or not at all. */
function cyan({ size, matrix, range = 'tv', isLabelled = true }: Source): VideoPacket {
  const filters = `format=rgb24,scale=out_color_matrix=${matrix}:out_range=${range},format=yuv420p`;
  const input = ['-f', 'lavfi', '-i', `color=0x00c0c0:size=${size}:rate=1,${filters}`, '-frames:v', '1'];
  const labels = isLabelled ? ['-colorspace', matrix === 'bt601' ? 'smpte170m' : matrix, '-color_range', range] : [];
  const args = ['-v', 'error', ...input, ...labels, '-c:v', 'libx264', '-preset', 'ultrafast', '-f', 'flv', 'pipe:1'];
  const tags = [...new FlvReader().push(execFileSync('ffmpeg', args))].filter(({ type }) => type === 'video');
  const [header, frame] = tags.map(({ payload }) => decodeVideoTag(payload));
  if (header?.kind !== 'sequence-header' || frame?.kind !== 'frame') throw new Error('no picture');
  const { data } = frame;
  const track = videoSourceOf(header.codec, header.config).trackAt(data);
  return {
    kind: 'video',
    track,
    dtsMs: 0,
    wallMs: 0,
    mediaTime: 0,
    compositionMs: 0,
    isKeyFrame: true,
    data,
  } as VideoPacket;
}

/** The colours of JPEG pictures as everything but FFmpeg sees them, which minds no label: BT.601 in the full range. */
function coloursIn(jpegs: readonly Uint8Array[]): number[] {
  const as = 'scale=1:1:in_color_matrix=bt601:in_range=pc,format=rgb24';
  const args = ['-v', 'error', '-f', 'mjpeg', '-i', 'pipe:0', '-vf', as, '-f', 'rawvideo', 'pipe:1'];
  return [...execFileSync('ffmpeg', args, { input: Buffer.concat(jpegs) })];
}

describe.each<ColourTool>(['zscale', 'scale'])('pictures made with %s', (colourTool) => {
  it.each<[string, Source, string]>([
    ['HD as OBS sends it', { size: '64x720', matrix: 'bt709' }, 'bt709'],
    ['HD that says nothing', { size: '64x720', matrix: 'bt709', isLabelled: false }, 'bt709'],
    ['an SD one that says nothing', { size: '64x36', matrix: 'bt601', isLabelled: false }, 'bt601'],
    ['an SD one of BT.709', { size: '64x36', matrix: 'bt709' }, 'bt709'],
    ['HD of BT.601', { size: '64x720', matrix: 'bt601' }, 'bt601'],
    ['the full range', { size: '64x36', matrix: 'bt709', range: 'pc' }, 'bt709'],
    ['what JPEG has already', { size: '64x36', matrix: 'bt601', range: 'pc' }, 'bt601'],
  ])('have the colours of %s', async (_what, source, matrix) => {
    const packet = cyan(source);
    expect(coloursOf(packet.track, packet.data)).toEqual({ matrix, isFullRange: source.range === 'pc' });
    const frame = keyFrameOf(packet, { shortSide: 32, tileShortSide: 32 });
    const [picture] = await decodeBatch([frame!], { ffmpegPath: 'ffmpeg', colourTool, quality: 2, ...common });
    const seen = coloursIn([picture!.jpeg, picture!.tile.jpeg]);
    const isRight = seen.every((value, index) => Math.abs(value - CYAN[index % 3]!) <= 4);
    expect([seen, seen.length, isRight]).toEqual([seen, 6, true]);
  });
});

describe('findColourTool', () => {
  it('takes what this FFmpeg can do', async () => {
    const listed = execFileSync('ffmpeg', ['-hide_banner', '-filters'], { encoding: 'utf8' });
    expect(await findColourTool({ ffmpegPath: 'ffmpeg', ...common })).toBe(
      / zscale /.test(listed) ? 'zscale' : 'scale',
    );
    expect(await findColourTool({ ffmpegPath: 'false', ...common })).toBe('scale');
  });
});
