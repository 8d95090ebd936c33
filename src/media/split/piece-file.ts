import { type FileHandle, open } from 'node:fs/promises';

/** What is read of a piece's file without decoding. */
export type PieceFile = {
  /** Its sample description: the settings decoders need, which must be equal in all pieces of one output. */
  readonly description: Uint8Array;
  readonly pictures: number;
};

/** Headers of boxes larger than this are not ours. */
const MAX_BOX_BYTES = 67_108_864;

/** Reads a fragmented MP4 file with one track. Throws where it is none, or is cut off. */
export async function readPieceFile(file: string): Promise<PieceFile> {
  const handle = await open(file);
  try {
    const { size: fileBytes } = await handle.stat();
    let description: Uint8Array | undefined;
    let pictures = 0;
    for (let at = 0; at < fileBytes; ) {
      const { name, sizeBytes } = await boxAt(handle, at, fileBytes);
      if (name === 'moov') {
        description = find(await bytesOf(handle, at, sizeBytes), ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd']);
      } else if (name === 'moof') {
        const run = find(await bytesOf(handle, at, sizeBytes), ['moof', 'traf', 'trun']);
        // After version and flags.
        pictures += run?.readUInt32BE(4) ?? 0;
      }
      at += sizeBytes;
    }
    if (description === undefined) throw new Error('it has no movie header');
    return { description, pictures };
  } finally {
    await handle.close();
  }
}

async function boxAt(handle: FileHandle, at: number, fileBytes: number) {
  const head = await bytesOf(handle, at, Math.min(16, fileBytes - at));
  const short = head.length < 8 ? 0 : head.readUInt32BE(0);
  const sizeBytes = short === 1 && head.length === 16 ? Number(head.readBigUInt64BE(8)) : short;
  if (sizeBytes < 8 || at + sizeBytes > fileBytes) throw new Error(`a box at byte ${at} is cut off`);
  return { name: head.toString('latin1', 4, 8), sizeBytes };
}

async function bytesOf(handle: FileHandle, at: number, sizeBytes: number): Promise<Buffer> {
  if (sizeBytes > MAX_BOX_BYTES) throw new Error(`a header of ${sizeBytes} bytes`);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(sizeBytes), 0, sizeBytes, at);
  return buffer.subarray(0, bytesRead);
}

function find(boxes: Buffer, [name, ...deeper]: readonly string[]): Buffer | undefined {
  for (let at = 0; at + 8 <= boxes.length; ) {
    const size = boxes.readUInt32BE(at);
    if (size < 8) return undefined;
    if (boxes.toString('latin1', at + 4, at + 8) === name) {
      const content = boxes.subarray(at + 8, at + size);
      return deeper.length === 0 ? content : find(content, deeper);
    }
    at += size;
  }
  return undefined;
}
