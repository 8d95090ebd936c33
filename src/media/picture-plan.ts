import { MediaError, type VideoStream } from '../ffmpeg/index.ts';
import type { TranscodeTemplate } from './template/index.ts';

export type Size = { readonly width: number; readonly height: number };

/** What happens to pictures of one source for one template, in the order of `filters`. */
export type PicturePlan = { readonly size: Size; readonly filters: readonly string[]; readonly isUntouched: boolean };

const TO_SDR = [
  ...['zscale=t=linear:npl=100', 'format=gbrpf32le', 'zscale=p=bt709', 'tonemap=hable:desat=0'],
  'zscale=t=bt709:m=bt709:r=tv',
];

/** The size that pictures get, and how they get there. `shown` is the source's, after turning. */
export function planPictures(template: TranscodeTemplate, source: VideoStream, shown: Size): PicturePlan {
  const { video, adjust = 'none' } = template;
  const crop = video.crop === 'border' ? undefined : video.crop;
  if (crop && (crop.x + crop.width > shown.width || crop.y + crop.height > shown.height)) {
    const size = `${shown.width} x ${shown.height}`;
    throw new MediaError('TEMPLATE_INVALID', `Video.Crop reaches out of the picture of ${size}`, 'Use a smaller one.');
  }
  const base: Size = crop ?? shown;
  const wanted = wantedSize(template, base);
  const whole = video.pad ? padded(video.pad, wanted) : wanted;
  const fitting = needsSquares(source) || !isSame(base, wanted) ? scaling(base, wanted, adjust, source) : [];
  const filters = [
    ...(source.isInterlaced && video.scan !== 'interlaced' ? ['bwdif=mode=send_frame:deint=interlaced'] : []),
    ...(isToSdr(template, source) ? TO_SDR : []),
    ...(crop ? [...squares(source), `crop=${crop.width}:${crop.height}:${crop.x}:${crop.y}:exact=1`] : []),
    ...rateFilters(template, source),
    ...(video.degrain ? [`hqdn3d=${video.degrain}`] : []),
    ...fitting,
    ...(video.pad ? [`pad=${whole.width}:${whole.height}:${video.pad.x}:${video.pad.y}`] : []),
  ];
  return { size: whole, filters, isUntouched: filters.length === 0 };
}

/** Whether bright pictures are brought to what usual screens show. */
export function isToSdr({ video }: TranscodeTemplate, { hdr }: VideoStream): boolean {
  if (hdr === undefined) return false;
  const keeps = video.pixelFormat === 'yuv420p10le' && video.codec !== undefined && video.codec !== 'h264';
  return video.toSdr === true || (video.toSdr !== false && !keeps);
}

function rateFilters({ video }: TranscodeTemplate, { fps = 0, baseFps = 0 }: VideoStream): string[] {
  if (video.fps !== undefined) return [`fps=${video.fps}`];
  const rate = fps || baseFps;
  return video.maxFps !== undefined && rate > video.maxFps + 0.01 ? [`fps=${video.maxFps}`] : [];
}

function wantedSize({ video, less }: TranscodeTemplate, base: Size): Size {
  const { width, height } = sidesFor(video, base);
  const ratio = base.width / base.height;
  let wanted: Size = { width: width ?? (height ?? 0) * ratio, height: height ?? (width ?? 0) / ratio };
  if (width === undefined && height === undefined) wanted = base;
  const isLarger = wanted.width > base.width || wanted.height > base.height;
  if (isLarger && less?.size === 'fail') {
    const message = `the source has ${base.width} x ${base.height}, less than the template asks for`;
    throw new MediaError('INPUT_TOO_SMALL', message, 'Use a smaller template, or TransConfig.IsCheckReso.');
  }
  if (isLarger && less?.size === 'keep') wanted = base;
  return { width: even(wanted.width), height: even(wanted.height) };
}

function sidesFor({ width, height, isLongShort }: TranscodeTemplate['video'], base: Size) {
  return isLongShort && base.height > base.width ? { width: height, height: width } : { width, height };
}

/** `none` keeps how wide a picture looks: pixels may then be no squares. */
function scaling(base: Size, { width, height }: Size, adjust: string, source: VideoStream): string[] {
  const to = `${width}:${height}`;
  const ratio = Math.abs(base.width / base.height / (width / height) - 1);
  if (ratio < 0.02 || adjust === 'rescale') return [`scale=${to}:flags=bicubic`, 'setsar=1'];
  switch (adjust) {
    case 'crop':
      return [`scale=${to}:flags=bicubic:force_original_aspect_ratio=increase`, `crop=${to}`, 'setsar=1'];
    case 'pad': {
      const inner = `scale=${to}:flags=bicubic:force_original_aspect_ratio=decrease:force_divisible_by=2`;
      return [...squares(source), inner, 'setsar=1', `pad=${to}:-1:-1`];
    }
    default:
      return [`scale=${to}:flags=bicubic`];
  }
}

function squares(source: VideoStream): string[] {
  return needsSquares(source) ? ['scale=iw*sar:ih', 'setsar=1'] : [];
}

function needsSquares({ sampleAspect }: VideoStream): boolean {
  const [across = 1, down = 1] = sampleAspect.split(':').map(Number);
  return across > 0 && down > 0 && across !== down;
}

function padded({ width, height }: Size, inner: Size): Size {
  return { width: even(Math.max(width, inner.width)), height: even(Math.max(height, inner.height)) };
}

function isSame(one: Size, other: Size): boolean {
  return one.width === other.width && one.height === other.height;
}

/** What is coded in 4:2:0 has even sides. */
function even(side: number): number {
  return Math.max(2, 2 * Math.round(side / 2 - 1e-6));
}
