import type { BitReader } from '../bytes/index.ts';

/**
 * Channels that a `program_config_element` (ISO/IEC 14496-3, 4.4.1.1) adds up to; the reader is left behind it.
 */
export function programConfigChannels(reader: BitReader): number {
  reader.skip(4 + 2 + 4); // element_instance_tag, object_type, sampling_frequency_index
  const front = reader.bits(4);
  const side = reader.bits(4);
  const back = reader.bits(4);
  const lfe = reader.bits(2);
  const associatedData = reader.bits(3);
  const couplings = reader.bits(4);
  if (reader.flag()) reader.skip(4); // mono_mixdown
  if (reader.flag()) reader.skip(4); // stereo_mixdown
  if (reader.flag()) reader.skip(3); // matrix_mixdown
  let channels = lfe;
  for (let i = 0; i < front + side + back; i++) {
    channels += reader.flag() ? 2 : 1;
    reader.skip(4);
  }
  reader.skip(lfe * 4 + associatedData * 4 + couplings * 5);
  const misaligned = reader.bitOffset % 8;
  if (misaligned !== 0) reader.skip(8 - misaligned);
  reader.skip(reader.bits(8) * 8);
  return channels;
}
