import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** What pictures are encoded in. */
export type VideoCodec = 'h264' | 'h265' | 'av1';

export type EncoderKind = 'software' | 'nvenc' | 'vaapi' | 'qsv' | 'videotoolbox';

/** What the FFmpeg at hand encodes with. */
export type Encoders = {
  readonly kind: EncoderKind;
  /** Of VAAPI and Quick Sync: the render node; undefined leaves the choice to FFmpeg. */
  readonly device?: string | undefined;
  /** Names as `ffmpeg -encoders` lists them. */
  readonly available: ReadonlySet<string>;
  /** Why software takes the place of the hardware that was asked for. */
  readonly fallbackReason?: string;
};

const run = promisify(execFile);
const PROBE_MS = 20_000;

const NAMES: Readonly<Record<EncoderKind, Readonly<Partial<Record<VideoCodec, string>>>>> = {
  software: { h264: 'libx264', h265: 'libx265', av1: 'libaom-av1' },
  nvenc: { h264: 'h264_nvenc', h265: 'hevc_nvenc', av1: 'av1_nvenc' },
  vaapi: { h264: 'h264_vaapi', h265: 'hevc_vaapi', av1: 'av1_vaapi' },
  qsv: { h264: 'h264_qsv', h265: 'hevc_qsv', av1: 'av1_qsv' },
  videotoolbox: { h264: 'h264_videotoolbox', h265: 'hevc_videotoolbox' },
};

/** The encoder for a codec: the hardware's, else one in software; undefined where this FFmpeg has neither. */
export function encoderFor(codec: VideoCodec, { kind, available }: Encoders): string | undefined {
  return [NAMES[kind][codec], NAMES.software[codec]].find((name) => name !== undefined && available.has(name));
}

/** Whether pictures must be taken to the hardware before its encoder gets them. */
export function needsUpload(encoder: string): boolean {
  return encoder.endsWith('_vaapi');
}

/** FFmpeg's arguments that come before the input. */
export function deviceArguments({ kind, device }: Encoders): string[] {
  if (kind === 'vaapi') return ['-vaapi_device', device ?? '/dev/dri/renderD128'];
  if (kind !== 'qsv') return [];
  return ['-init_hw_device', device ? `qsv=hw,child_device=${device}` : 'qsv=hw', '-filter_hw_device', 'hw'];
}

export function withSoftware({ available }: Encoders, fallbackReason: string): Encoders {
  return { kind: 'software', available, fallbackReason };
}

/** Asks FFmpeg what it has, and tries the hardware with one picture, as being listed says nothing of the machine. */
export async function findEncoders(
  ffmpegPath: string,
  wanted: { readonly kind: EncoderKind; readonly device?: string | undefined },
): Promise<Encoders> {
  const listed = await run(ffmpegPath, ['-hide_banner', '-encoders'], { timeout: PROBE_MS }).catch(String);
  // The server starts without renditions rather than not at all.
  if (typeof listed === 'string')
    return { kind: 'software', available: new Set(), fallbackReason: listed.slice(0, 300) };
  const available = new Set([...listed.stdout.matchAll(/^ [VA][A-Z.]{5} (\S+)/gm)].map(([, name = '']) => name));
  const encoders: Encoders = { ...wanted, available };
  if (wanted.kind === 'software') return encoders;
  const reason = await whyNot(ffmpegPath, encoders);
  return reason === undefined ? encoders : withSoftware(encoders, reason);
}

async function whyNot(ffmpegPath: string, encoders: Encoders): Promise<string | undefined> {
  const name = NAMES[encoders.kind].h264 ?? '';
  if (!encoders.available.has(name)) return `this FFmpeg has no ${name}`;
  const upload = needsUpload(name) ? ',format=nv12,hwupload' : '';
  const args = [
    ...['-hide_banner', '-nostdin', '-loglevel', 'error', ...deviceArguments(encoders)],
    ...['-f', 'lavfi', '-i', `color=size=320x240:duration=0.1${upload}`, '-c:v', name, '-f', 'null', '-'],
  ];
  try {
    await run(ffmpegPath, args, { timeout: PROBE_MS });
    return undefined;
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    return (stderr ?? String(error)).trim().split('\n').slice(0, 2).join('; ').slice(0, 300);
  }
}
