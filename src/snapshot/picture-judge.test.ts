import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { PictureJudge } from './picture-judge.ts';

const SIZE = 160 * 90;
const EVERY_MS = 5000;

/** Luma of the key frames of a source, one every 5 s, as a real encoder has left it. */
function lumaOf(source: string, encoder: readonly string[], seconds = 40): Uint8Array[] {
  const input = ['-f', 'lavfi', '-i', `${source}`, '-t', String(seconds)];
  const encode = ['-c:v', 'libx264', '-pix_fmt', 'yuv420p', '-g', '10', '-keyint_min', '10', '-sc_threshold', '0'];
  // With more, x264 gives other bytes each time.
  encode.push('-threads', '1');
  const coded = execFileSync('ffmpeg', ['-v', 'error', ...input, ...encode, ...encoder, '-f', 'h264', '-'], {
    maxBuffer: 1e9,
  });
  const tile = 'scale=160:90:flags=fast_bilinear:out_range=pc,format=yuvj420p,extractplanes=y';
  const decode = [
    '-v',
    'error',
    '-r',
    '10',
    '-f',
    'h264',
    '-skip_frame',
    'nokey',
    '-i',
    '-',
    '-fps_mode',
    'passthrough',
  ];
  const gray = execFileSync('ffmpeg', [...decode, '-vf', tile, '-f', 'rawvideo', '-'], {
    input: coded,
    maxBuffer: 1e9,
  });
  return Array.from({ length: gray.length / SIZE }, (_, index) => gray.subarray(index * SIZE, (index + 1) * SIZE));
}

function judged(pictures: readonly Uint8Array[]): { blackMs: number; frozenMs: number } {
  const judge = new PictureJudge();
  for (const [index, luma] of pictures.entries()) judge.look({ luma }, 1e9 + index * EVERY_MS);
  return judge.facts;
}

const RATE = 'rate=2';
const SHARP = `testsrc2=size=320x180:${RATE},loop=loop=-1:size=1:start=0,setpts=N/2/TB`;
const SOFT = `mandelbrot=size=320x180:${RATE},loop=loop=-1:size=1:start=0,setpts=N/2/TB`;
const CLOCK = "drawtext=text='%{pts\\:hms}':x=20:y=20:fontsize=20:fontcolor=white:box=1:boxcolor=black";
/** At 2 frames a second, so that there is a key frame every 5 s. */
const LOW = ['-preset', 'ultrafast', '-b:v', '40k', '-maxrate', '40k', '-bufsize', '80k'];
const HIGH = ['-preset', 'veryfast', '-b:v', '300k', '-maxrate', '300k', '-bufsize', '300k'];
const ENCODERS = [
  ['a low bitrate', LOW],
  ['a high one', HIGH],
] as const;

describe('PictureJudge', () => {
  it.each(ENCODERS)('knows a sharp picture that stands, at %s', (_name, encoder) => {
    const { blackMs, frozenMs } = judged(lumaOf(SHARP, encoder));
    expect([blackMs, frozenMs >= 25_000]).toEqual([0, true]);
  });

  it('knows a soft picture that stands, and black', () => {
    expect(judged(lumaOf(SOFT, LOW, 60)).frozenMs).toBeGreaterThanOrEqual(25_000);
    expect(judged(lumaOf(`color=black:size=320x180:${RATE}`, LOW)).blackMs).toBe(35_000);
  });

  it.each([
    [
      'a dark picture with a small light',
      `color=black:size=320x180:${RATE},drawbox=x=150:y=75:w=25:h=20:color=white:t=fill`,
    ],
    ['a very dark scene', `testsrc2=size=320x180:${RATE},eq=brightness=-0.3`],
  ])('does not call %s black', (_what, source) => expect(judged(lumaOf(source, LOW, 20)).blackMs).toBe(0));

  it.each([
    ['a test picture', `testsrc2=size=320x180:${RATE}`],
    ['a camera that stands, with the noise of one', `${SOFT},noise=alls=12:allf=t`],
    ['a picture with a clock', `${SHARP},${CLOCK}`],
    ['a slow fade', `${SOFT},fade=out:st=0:d=40`],
  ])('does not call %s frozen', (_what, source) => {
    expect(judged(lumaOf(source, HIGH)).frozenMs).toBeLessThan(15_000);
  });
});
