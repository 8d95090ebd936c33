import type { BitReader } from '../bytes/index.ts';
import { readVideoUsability, type VideoUsability } from '../nal/index.ts';

/** What is used of `vui_parameters` (H.265, E.2.1). */
export type HevcVui = VideoUsability & {
  /** Pictures per second from `vui_time_scale / vui_num_units_in_tick`. */
  readonly frameRate?: number;
};

/** Reads up to the timing information, which is all that is used. */
export function readHevcVui(reader: BitReader): HevcVui {
  const usability = readVideoUsability(reader);
  reader.skip(3); // neutral_chroma_indication_flag, field_seq_flag, frame_field_info_present_flag
  if (reader.flag()) for (let i = 0; i < 4; i++) reader.ue(); // default display window
  const frameRate = reader.flag() ? readFrameRate(reader) : undefined;
  return { ...usability, ...(frameRate !== undefined && { frameRate }) };
}

function readFrameRate(reader: BitReader): number | undefined {
  const unitsInTick = reader.bits(32);
  const timeScale = reader.bits(32);
  return unitsInTick === 0 || timeScale === 0 ? undefined : timeScale / unitsInTick;
}
