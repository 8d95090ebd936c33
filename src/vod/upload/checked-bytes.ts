import { createHash, type Hash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { Crc64 } from './crc64.ts';
import { UploadError } from './upload-error.ts';

/** How clients name checksums of what they send; values are in base64 but for CRC-32, whose four bytes are too. */
export const CHECKSUM_ALGORITHMS = ['sha1', 'sha256', 'md5', 'crc32'] as const;

export type Checksum = { readonly algorithm: (typeof CHECKSUM_ALGORITHMS)[number]; readonly value: Buffer };

/** What is summed up of bytes as they pass. */
export interface Sum {
  update(bytes: Uint8Array): unknown;
  value(): Buffer;
}

export function sumOf(algorithm: Checksum['algorithm']): Sum {
  if (algorithm === 'crc32') return crc32Sum();
  const hash = createHash(algorithm);
  return { update: (bytes) => hash.update(bytes), value: () => hash.digest() };
}

/** MD5 and CRC-64, which OSS has of every part and object. */
export class OssSums {
  readonly #md5 = createHash('md5');
  readonly #crc64 = new Crc64();
  #sizeBytes = 0;

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** Sums up what passes. */
  async *over(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      this.#md5.update(chunk);
      this.#crc64.update(chunk);
      this.#sizeBytes += chunk.length;
      yield chunk;
    }
  }

  /** Once all has passed: the MD5 in hex. */
  end(): { readonly md5: string; readonly crc64: string; readonly sizeBytes: number } {
    return { md5: this.#md5.digest('hex'), crc64: String(this.#crc64.value), sizeBytes: this.#sizeBytes };
  }
}

/** SHA-256 of sessions from their beginning, as long as this process has seen all of each. */
export class RunningHashes {
  readonly #hashes = new Map<string, { readonly hash: Hash; readonly atByte: number }>();
  readonly #most: number;

  constructor(most = 1000) {
    this.#most = most;
  }

  /** A hash of the bytes before this one; undefined where they were not seen. */
  take(id: string, atByte: number): Hash | undefined {
    const known = this.#hashes.get(id);
    this.#hashes.delete(id);
    if (atByte === 0) return createHash('sha256');
    return known?.atByte === atByte ? known.hash : undefined;
  }

  put(id: string, hash: Hash | undefined, atByte: number): void {
    if (hash === undefined) return;
    this.#hashes.set(id, { hash, atByte });
    for (const old of this.#hashes.keys()) {
      if (this.#hashes.size <= this.#most) return;
      this.#hashes.delete(old);
    }
  }
}

/** `sizeBytes` and no more; throws where there are fewer, as when a client goes away. */
export async function* exactly(sizeBytes: number, bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let seen = 0;
  for await (const chunk of bytes) {
    seen += chunk.length;
    if (seen > sizeBytes) break;
    yield chunk;
  }
  if (seen === sizeBytes) return;
  const remedy = 'Send as many bytes as Content-Length says.';
  throw new UploadError('UPLOAD_BROKEN_OFF', `${seen} bytes came instead of ${sizeBytes}`, remedy);
}

function crc32Sum(): Sum {
  let crc = 0;
  return {
    update(bytes) {
      crc = crc32(bytes, crc);
    },
    value() {
      const value = Buffer.alloc(4);
      value.writeUInt32BE(crc);
      return value;
    },
  };
}
