import type { VideoCodec, VideoTrack } from '../live/index.ts';
import { av1CodecString, decodeAv1Config, findAv1SequenceHeader } from '../protocol/av1/index.ts';
import { MalformedError } from '../protocol/bytes/index.ts';
import { avcCodecString, decodeAvcConfig, decodeAvcSps } from '../protocol/h264/index.ts';
import {
  decodeHevcConfig,
  decodeHevcSps,
  hevcCodecString,
  hevcNalUnitsOfType,
  hevcNalUnitTypes,
} from '../protocol/h265/index.ts';
import { decodeVp9Config, vp9CodecString, vp9KeyFrameSize } from '../protocol/vp9/index.ts';

/** MPEG-2 TS's clock; a multiple of RTMP's milliseconds. */
const VIDEO_TIMESCALE = 90_000;
/** Pictures a second; what declares more has told the ticks of its clock, as FFmpeg does where the rate varies. */
const MOST_FPS = 300;

/** One decoder configuration, and the tracks that follow from it. */
export type VideoSource = {
  readonly codec: VideoCodec;
  readonly config: Uint8Array;
  /**
   * The track that begins with a key frame; the same object while picture size and codec string stay. Throws
   * `MalformedError` where neither the configuration nor the frame tells the size.
   */
  readonly trackAt: (keyFrame: Uint8Array) => VideoTrack;
};

type Description = Pick<VideoTrack, 'codecString' | 'width' | 'height'> & { readonly frameRate?: number | undefined };
type Describe = (keyFrame: Uint8Array) => Description;

const describers: Readonly<Record<VideoCodec, (config: Uint8Array) => Describe>> = { h264, h265, av1, vp9 };

/** Checks a decoder configuration record; throws `MalformedError` for one that can't be read. */
export function videoSourceOf(codec: VideoCodec, bytes: Uint8Array): VideoSource {
  const config = bytes.slice();
  const describe = describers[codec](config);
  let track: VideoTrack | undefined;
  return {
    codec,
    config,
    trackAt(keyFrame) {
      const { frameRate, ...description } = describe(keyFrame);
      if (track && isSame(track, description)) return track;
      const rate = frameRate && frameRate <= MOST_FPS ? { frameRate } : {};
      track = { kind: 'video', codec, config, timescale: VIDEO_TIMESCALE, ...description, ...rate };
      return track;
    },
  };
}

function isSame(track: VideoTrack, { width, height, codecString }: Description): boolean {
  return track.width === width && track.height === height && track.codecString === codecString;
}

function h264(config: Uint8Array): Describe {
  const record = decodeAvcConfig(config);
  const [first] = record.sps;
  if (!first) throw new MalformedError('BAD_VALUE', 'AVCDecoderConfigurationRecord', 'has no SPS');
  const { width, height, vui } = decodeAvcSps(first);
  const description = { codecString: avcCodecString(record), width, height, frameRate: vui?.frameRate };
  return () => description;
}

function h265(config: Uint8Array): Describe {
  const record = decodeHevcConfig(config);
  const [first] = hevcNalUnitsOfType(record, hevcNalUnitTypes.sps);
  if (!first) throw new MalformedError('BAD_VALUE', 'HEVCDecoderConfigurationRecord', 'has no SPS');
  const { width, height, vui } = decodeHevcSps(first);
  const frameRate = vui?.frameRate ?? record.averageFrameRate / 256;
  const description = { codecString: hevcCodecString(record), width, height, frameRate };
  return () => description;
}

/** Encoders may leave the sequence header out of the configuration; every key frame has one. */
function av1(config: Uint8Array): Describe {
  const record = decodeAv1Config(config);
  const codecString = av1CodecString(record);
  const inConfig = findAv1SequenceHeader(record.configObus);
  return (keyFrame) => {
    const header = findAv1SequenceHeader(keyFrame) ?? inConfig;
    if (!header) throw new MalformedError('BAD_VALUE', 'AV1 key frame', 'has no sequence header');
    return { codecString, width: header.width, height: header.height, frameRate: header.frameRate };
  };
}

/** The configuration of VP9 does not tell the picture's size. */
function vp9(config: Uint8Array): Describe {
  const codecString = vp9CodecString(decodeVp9Config(config));
  return (keyFrame) => {
    const size = vp9KeyFrameSize(keyFrame);
    if (!size) throw new MalformedError('BAD_VALUE', 'VP9 key frame', 'is none');
    return { codecString, ...size };
  };
}
