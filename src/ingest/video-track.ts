import type { VideoCodec, VideoTrack } from '../live/index.ts';
import { MalformedError } from '../protocol/bytes/index.ts';
import { avcCodecString, decodeAvcConfig, decodeAvcSps } from '../protocol/h264/index.ts';

/** MPEG-2 TS's clock; a multiple of RTMP's milliseconds. */
const VIDEO_TIMESCALE = 90_000;

type Description = Pick<VideoTrack, 'codecString' | 'width' | 'height'> & { readonly frameRate?: number | undefined };

const describers: Partial<Record<VideoCodec, (config: Uint8Array) => Description>> = {
  h264: describeH264,
};

/** A track from its decoder configuration record. Throws `MalformedError` for one that can't be read. */
export function videoTrackOf(codec: VideoCodec, config: Uint8Array): VideoTrack {
  const describe = describers[codec];
  if (!describe) throw new MalformedError('UNSUPPORTED', 'video track', codec);
  const { frameRate, ...description } = describe(config);
  return {
    kind: 'video',
    codec,
    config: config.slice(),
    timescale: VIDEO_TIMESCALE,
    ...description,
    ...(frameRate ? { frameRate } : {}),
  };
}

function describeH264(config: Uint8Array): Description {
  const record = decodeAvcConfig(config);
  const [first] = record.sps;
  if (!first) throw new MalformedError('BAD_VALUE', 'AVCDecoderConfigurationRecord', 'has no SPS');
  const sps = decodeAvcSps(first);
  return { codecString: avcCodecString(record), width: sps.width, height: sps.height, frameRate: sps.vui?.frameRate };
}
