import { describe, expect, it } from 'vitest';
import { deviceArguments, type EncoderKind, type Encoders, encoderFor, parseProgress } from '../ffmpeg/index.ts';
import { containerOf, ffmpegArguments } from './ffmpeg-arguments.ts';
import type { RungPlan } from './rung-plan.ts';

const ALL = ['libx264', 'libx265', 'libaom-av1', 'h264_nvenc', 'hevc_nvenc', 'h264_vaapi', 'h264_qsv'];
const encoders = (kind: EncoderKind = 'software', names = ALL): Encoders => ({ kind, available: new Set(names) });
const video = { codec: 'h264', width: 768, height: 432, bitrateKbps: 680, preset: 'veryfast' } as const;
const rung = (changed: Partial<RungPlan> = {}): RungPlan => ({
  name: 'lsd',
  video,
  audio: 'copy',
  latency: 'low',
  ...changed,
});
const argsOf = (rungs: RungPlan[], with_ = encoders()) => ffmpegArguments({ input: 'flv', encoders: with_, rungs });
const following = (args: readonly string[], name: string) => args[args.indexOf(name) + 1];

describe('ffmpegArguments', () => {
  it('decodes once, splits, and gives each rung a pipe of its own', () => {
    const args = argsOf([rung(), rung({ video: { ...video, width: 320, height: 180, fps: 15 } })]);
    expect(args.filter((arg) => arg === '-i').length).toBe(1);
    expect(following(args, '-filter_complex')).toBe(
      '[0:v:0]split=2[s0][s1];' +
        '[s0]scale=768:432:flags=bicubic,setsar=1,format=yuv420p[v0];' +
        "[s1]select='eq(key\\,1)+isnan(prev_selected_t)+gt(floor(t*15+0.001)\\,floor(prev_selected_t*15+0.001))'," +
        'scale=320:180:flags=bicubic,setsar=1,format=yuv420p[v1]',
    );
    expect(args.filter((arg) => arg.startsWith('pipe:'))).toEqual(['pipe:1', 'pipe:0', 'pipe:3', 'pipe:4']);
  });

  it('reads its own pipe and nothing else, whatever the input names', () => {
    const args = argsOf([rung()]);
    expect(args.slice(args.indexOf('-protocol_whitelist'), args.indexOf('-i'))).toEqual([
      '-protocol_whitelist',
      'pipe',
      '-f',
      'flv',
    ]);
  });

  it('keeps times and key frames, and looks ahead only where quality goes first', () => {
    const args = argsOf([rung()]).join(' ');
    expect(args).toContain('-force_key_frames:v source -fps_mode:v passthrough -enc_time_base:v 1:1000');
    expect(args).toContain('-tune:v zerolatency');
    expect(args).toContain('-flags low_delay -analyzeduration 100000 -fpsprobesize 0 -copyts');
    expect(args).not.toContain('nobuffer');
    expect(argsOf([rung({ latency: 'quality' })]).join(' ')).not.toContain('zerolatency');
  });

  it('has no pictures in it where none are encoded', () => {
    const args = argsOf([rung({ video: undefined, audio: { bitrateKbps: 64, channels: 1, sampleRate: 44_100 } })]);
    expect(args).not.toContain('-filter_complex');
    expect(args.join(' ')).toContain('-map 0:a:0 -c:a aac -b:a 64k -ar:a 44100 -ac:a 1');
  });

  it('makes a longest distance between key frames of its own', () => {
    const distance = (more: object) =>
      following(argsOf([rung({ video: { ...video, gopSeconds: 2, ...more } })]), '-g:v');
    expect([distance({ encodedFps: 60 }), distance({ fps: 25, encodedFps: 25 }), distance({})]).toEqual([
      '120',
      '50',
      '60',
    ]);
  });

  it.each([
    ['h264', 'low', '-x264-params fps=29.97 '],
    ['h265', 'low', 'log-level=error:fps=29.97 '],
    ['h265', 'quality', 'rc-lookahead=20:fps=29.97 '],
  ] as const)('tells the encoder of %s (%s) how many pictures come', (codec, latency, expected) => {
    const args = argsOf([rung({ video: { ...video, codec, encodedFps: 30_000 / 1001 }, latency })]).join(' ');
    expect(args).toContain(expected);
    expect(argsOf([rung({ video: { ...video, codec }, latency })]).join(' ')).not.toContain('fps=');
  });

  it('takes the newer codecs in MP4', () => {
    const h265 = rung({ video: { ...video, codec: 'h265' } });
    expect([containerOf(rung()), containerOf(h265), containerOf(rung({ video: 'copy' }))]).toEqual([
      'flv',
      'mp4',
      'flv',
    ]);
    expect(argsOf([h265]).join(' ')).toContain('-f mp4 pipe:3');
  });

  it.each([
    ['nvenc', 'h264_nvenc', []],
    ['vaapi', 'h264_vaapi', ['-vaapi_device', '/dev/dri/renderD128']],
    ['qsv', 'h264_qsv', ['-init_hw_device', 'qsv=hw', '-filter_hw_device', 'hw']],
  ] as const)('encodes with %s', (kind, name, device) => {
    const args = argsOf([rung()], encoders(kind));
    expect(following(args, '-c:v')).toBe(name);
    expect(deviceArguments(encoders(kind))).toEqual(device);
    expect(args.join(' ')).toContain(device.join(' '));
    expect(following(args, '-filter_complex')?.includes('hwupload')).toBe(kind === 'vaapi');
  });
});

describe('encoderFor', () => {
  it('falls back to software for a codec that the hardware lacks, and says when there is none', () => {
    expect(encoderFor('av1', encoders('nvenc'))).toBe('libaom-av1');
    expect(encoderFor('h265', encoders('software', ['libx264']))).toBeUndefined();
  });
});

describe('parseProgress', () => {
  it('reads what FFmpeg knows', () => {
    expect(parseProgress('frame=76\nfps=25.30\nstream_0_0_q=27.0\nspeed=1.02x\n')).toEqual({
      frames: 76,
      fps: 25.3,
      speed: 1.02,
      outMs: 0,
    });
    expect(parseProgress('fps=0.00\nspeed=N/A\n')).toEqual({ frames: 0, fps: 0, speed: 0, outMs: 0 });
  });
});
