import { BitReader, MalformedError } from '../bytes/index.ts';

const structure = 'VP9 uncompressed header';
const syncCode = 0x498342;
const colourSpaceRgb = 7;

/** Size of a key frame from its `uncompressed_header` (VP9 specification, 6.2); undefined for other frames. */
export function vp9KeyFrameSize(frame: Uint8Array): { readonly width: number; readonly height: number } | undefined {
  const reader = new BitReader(frame, structure);
  if (reader.bits(2) !== 2) throw new MalformedError('BAD_VALUE', structure, 'no frame marker');
  const profile = reader.bits(1) + reader.bits(1) * 2;
  if (profile === 3) reader.skip(1);
  const isExistingFrame = reader.flag();
  if (isExistingFrame || reader.flag()) return undefined;
  reader.skip(2); // show_frame, error_resilient_mode
  if (reader.bits(24) !== syncCode) throw new MalformedError('BAD_VALUE', structure, 'no frame sync code');
  skipColourConfig(reader, profile);
  return { width: reader.bits(16) + 1, height: reader.bits(16) + 1 };
}

function skipColourConfig(reader: BitReader, profile: number): void {
  if (profile >= 2) reader.skip(1); // ten_or_twelve_bit
  const isRgb = reader.bits(3) === colourSpaceRgb;
  const hasSubsampling = profile === 1 || profile === 3;
  if (!isRgb) reader.skip(1); // color_range
  if (hasSubsampling) reader.skip(isRgb ? 1 : 3);
}
