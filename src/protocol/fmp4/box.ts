import type { ByteWriter } from '../bytes/index.ts';

/** Writes a box (ISO/IEC 14496-12, 4.2) around what `body` writes; its 32-bit size is patched afterwards. */
export function writeBox(w: ByteWriter, type: string, body: () => void): void {
  const start = w.length;
  w.u32(0).fourCC(type);
  body();
  w.patchU32(start, w.length - start);
}

/** Writes a full box: a box that begins with a version and 24 flags. */
export function writeFullBox(w: ByteWriter, type: string, version: number, flags: number, body: () => void): void {
  writeBox(w, type, () => {
    w.u8(version).u24(flags);
    body();
  });
}
