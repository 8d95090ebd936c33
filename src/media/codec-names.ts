import { type AudioStream, audiosOf, type MediaInfo, type VideoStream, videoOf } from '../ffmpeg/index.ts';

/** What players are told of a file's codecs (RFC 6381), before they load it; undefined where one of them has no name. */
export function codecsOf(info: MediaInfo): string | undefined {
  const [video, audio] = [videoOf(info), audiosOf(info)[0]];
  const names = [...(video ? [pictureName(video)] : []), ...(audio ? [soundName(audio)] : [])];
  return names.length === 0 || names.includes(undefined) ? undefined : names.join(',');
}

/** Profile and its constraints, as ISO/IEC 14496-15 writes them. */
const AVC_PROFILES: Readonly<Record<string, string>> = {
  ...{ Baseline: '4200', 'Constrained Baseline': '42e0', Main: '4d40', High: '6400', 'High 10': '6e00' },
};

function pictureName({ codec, profile = '', level, bitDepth }: VideoStream): string | undefined {
  const number = level !== undefined && level > 0 ? level : undefined;
  switch (codec) {
    case 'h264': {
      const start = AVC_PROFILES[profile];
      return start === undefined || number === undefined
        ? undefined
        : `avc1.${start}${number.toString(16).padStart(2, '0')}`;
    }
    case 'hevc':
      return number === undefined ? undefined : `hvc1.${profile === 'Main 10' ? '2.4' : '1.6'}.L${number}.B0`;
    case 'av1':
      return `av01.0.${String(number ?? 8).padStart(2, '0')}M.${String(bitDepth).padStart(2, '0')}`;
    case 'vp9':
      return `vp09.00.${number ?? 31}.${String(bitDepth).padStart(2, '0')}`;
    default:
      return undefined;
  }
}

const SOUNDS: Readonly<Record<string, string>> = {
  ...{ aac: 'mp4a.40.2', mp3: 'mp4a.40.34', opus: 'Opus', flac: 'fLaC' },
};

function soundName({ codec }: AudioStream): string | undefined {
  return SOUNDS[codec];
}
