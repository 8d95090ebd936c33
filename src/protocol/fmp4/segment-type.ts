import { ByteWriter } from '../bytes/index.ts';
import { writeBox } from './box.ts';

/** An styp box that says a media segment of HLS and DASH, brand msdh (ISO/IEC 23009-1, 6.3.4). */
export function segmentTypeBox(): Uint8Array {
  const w = new ByteWriter(24);
  const minorVersion = 0;
  writeBox(w, 'styp', () => w.fourCC('msdh').u32(minorVersion).fourCC('msdh').fourCC('iso6'));
  return w.toBytes();
}
