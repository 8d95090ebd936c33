import { open } from 'node:fs/promises';

/** A slice's bytes, wherever they are. */
export type SliceBytes = {
  readonly sizeBytes: number;
  /** Fewer where they end before. */
  readonly read: (at: number, length: number) => Promise<Uint8Array>;
};

/** Looks into a file. */
export async function withSliceFile<T>(file: string, look: (slice: SliceBytes) => Promise<T>): Promise<T> {
  const handle = await open(file, 'r');
  try {
    const { size: sizeBytes } = await handle.stat();
    return await look({
      sizeBytes,
      read: async (at, length) => {
        const bytes = Buffer.alloc(length);
        const { bytesRead } = await handle.read(bytes, 0, length, at);
        return bytes.subarray(0, bytesRead);
      },
    });
  } finally {
    await handle.close();
  }
}
