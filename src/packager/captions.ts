import { MalformedError } from '../protocol/bytes/index.ts';
import { lengthPrefixedNalUnits, type NalLengthSize, nalLengthSizeOf } from '../protocol/nal/index.ts';
import type { Segment } from './segment.ts';

/** ITU-T T.35: United States, ATSC, `GA94`: closed captions of ATSC A/53, in which CEA-608 and 708 travel. */
const ATSC_CAPTIONS = Uint8Array.of(0xb5, 0x00, 0x31, 0x47, 0x41, 0x39, 0x34);
/** NAL unit types of supplemental enhancement information before a picture. */
const H264_SEI = 6;
const H265_PREFIX_SEI = 39;

const known = new WeakMap<Segment, boolean>();

/** Whether the pictures of a segment certainly carry no closed captions; of codecs that aren't looked into nobody knows. */
export function hasNoCaptions(segment: Segment): boolean {
  const before = known.get(segment);
  if (before !== undefined) return before;
  const isWithout = looksWithout(segment);
  known.set(segment, isWithout);
  return isWithout;
}

function looksWithout({ tracks, parts }: Segment): boolean {
  const codec = tracks.video?.codec;
  if (!tracks.video) return true;
  if (codec !== 'h264' && codec !== 'h265') return false;
  const lengthSize = lengthSizeOf(tracks.video.config, codec);
  const packets = parts.flatMap((part) => part.packets);
  return !packets.some((packet) => packet.kind === 'video' && carriesCaptions(packet.data, codec, lengthSize));
}

function lengthSizeOf(config: Uint8Array, codec: 'h264' | 'h265'): NalLengthSize {
  return nalLengthSizeOf((config[codec === 'h264' ? 4 : 21] ?? 3) & 3, 'decoder configuration');
}

/** What can't be read may carry any. */
function carriesCaptions(data: Uint8Array, codec: 'h264' | 'h265', lengthSize: NalLengthSize): boolean {
  try {
    for (const unit of lengthPrefixedNalUnits(data, lengthSize, 'access unit')) {
      const type = codec === 'h264' ? (unit[0] ?? 0) & 0x1f : ((unit[0] ?? 0) >> 1) & 0x3f;
      const isSei = type === (codec === 'h264' ? H264_SEI : H265_PREFIX_SEI);
      if (isSei && holds(unit, ATSC_CAPTIONS)) return true;
    }
    return false;
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
    return true;
  }
}

function holds(bytes: Uint8Array, wanted: Uint8Array): boolean {
  for (let at = bytes.indexOf(wanted[0] ?? 0); at >= 0; at = bytes.indexOf(wanted[0] ?? 0, at + 1)) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return true;
  }
  return false;
}
