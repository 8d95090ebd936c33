import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import type { ObjectContent } from './storage.ts';

/** Of the bytes of an object: SHA-256 in hex, MD5 in base64 as `Content-MD5` wants it. */
export type Checksums = { readonly sha256: string; readonly contentMd5: string; readonly sizeBytes: number };

export async function checksumsOf(content: ObjectContent, signal?: AbortSignal): Promise<Checksums> {
  const sha256 = createHash('sha256');
  const md5 = createHash('md5');
  let sizeBytes = 0;
  for await (const chunk of 'bytes' in content ? [content.bytes] : readFile(content.file, signal)) {
    sha256.update(chunk);
    md5.update(chunk);
    sizeBytes += chunk.length;
  }
  return { sha256: sha256.digest('hex'), contentMd5: md5.digest('base64'), sizeBytes };
}

/** Without the MD5, which takes longer than the SHA-256 where a processor helps with that. */
export async function sha256Of(content: ObjectContent): Promise<Pick<Checksums, 'sha256' | 'sizeBytes'>> {
  const sha256 = createHash('sha256');
  let sizeBytes = 0;
  for await (const chunk of 'bytes' in content ? [content.bytes] : readFile(content.file)) {
    sha256.update(chunk);
    sizeBytes += chunk.length;
  }
  return { sha256: sha256.digest('hex'), sizeBytes };
}

export function contentMd5Of(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('base64');
}

/** A file in chunks of 256 kB. */
export function readFile(file: string, signal?: AbortSignal): Readable {
  return createReadStream(file, { highWaterMark: 262_144, ...(signal ? { signal } : {}) });
}
