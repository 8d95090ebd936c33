import { type BitReader, MalformedError } from '../bytes/index.ts';
import { readVideoUsability, type VideoUsability } from '../nal/index.ts';

const structure = 'H.264 VUI';

/** What is used of `vui_parameters` (ISO/IEC 14496-10, E.1.1). */
export type AvcVui = VideoUsability & {
  /** Frames per second from `time_scale / (2 * num_units_in_tick)`. */
  readonly frameRate?: number;
  readonly isFixedFrameRate?: boolean;
  /** `max_num_reorder_frames`; 0 promises that there are no B-frames to reorder. */
  readonly maxReorderFrames?: number;
};

export function readVui(reader: BitReader): AvcVui {
  const usability = readVideoUsability(reader);
  const timing = reader.flag() ? readTiming(reader) : {};
  const hasNalHrd = reader.flag();
  if (hasNalHrd) skipHrd(reader);
  const hasVclHrd = reader.flag();
  if (hasVclHrd) skipHrd(reader);
  if (hasNalHrd || hasVclHrd) reader.flag(); // low_delay_hrd_flag
  reader.flag(); // pic_struct_present_flag
  const maxReorderFrames = reader.flag() ? readReorderFrames(reader) : undefined;
  return {
    ...usability,
    ...timing,
    ...(maxReorderFrames !== undefined && { maxReorderFrames }),
  };
}

function readTiming(reader: BitReader): Pick<AvcVui, 'frameRate' | 'isFixedFrameRate'> {
  const unitsInTick = reader.bits(32);
  const timeScale = reader.bits(32);
  const isFixedFrameRate = reader.flag();
  if (unitsInTick === 0 || timeScale === 0) return {};
  return { frameRate: timeScale / (2 * unitsInTick), isFixedFrameRate };
}

function skipHrd(reader: BitReader): void {
  const count = reader.ue() + 1;
  if (count > 32) throw new MalformedError('TOO_MANY', structure, `${count} coded picture buffers`);
  reader.skip(8);
  for (let i = 0; i < count; i++) {
    reader.ue();
    reader.ue();
    reader.skip(1);
  }
  reader.skip(20);
}

function readReorderFrames(reader: BitReader): number {
  reader.flag(); // motion_vectors_over_pic_boundaries_flag
  for (let i = 0; i < 4; i++) reader.ue();
  const maxReorderFrames = reader.ue();
  reader.ue(); // max_dec_frame_buffering
  return maxReorderFrames;
}
