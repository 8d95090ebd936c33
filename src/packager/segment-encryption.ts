import { createCipheriv, hkdfSync } from 'node:crypto';
import type { StreamId } from '../live/index.ts';
import type { Segment } from './segment.ts';

export type SegmentEncryptionOptions = {
  readonly stream: StreamId;
  /** Of the server: with it, every node makes the same keys, before and after a restart. */
  readonly secret: string;
  /** Whole segments that begin within this time share a key. */
  readonly rotateSeconds: number;
};

const KEY_BYTES = 16;
const KEY_NAME = /^(\d{1,12})\.key$/;

/**
 * AES-128 of RFC 8216: whole segments, CBC with PKCS#7, the media sequence number as initialization vector. A key's
 * name is the Unix time in seconds at which its period begins, so that it says which key and nothing of it.
 */
export class SegmentEncryption {
  readonly #options: SegmentEncryptionOptions;
  readonly #keys = new Map<string, Uint8Array>();

  constructor(options: SegmentEncryptionOptions) {
    this.#options = options;
  }

  /** The name of a segment's key, relative to the playlist. */
  keyNameOf({ wallMs }: Pick<Segment, 'wallMs'>): string {
    const { rotateSeconds } = this.#options;
    return `${Math.floor(wallMs / 1000 / rotateSeconds) * rotateSeconds}.key`;
  }

  /** The key of this name, if one of the segments needs it. */
  key(name: string, segments: readonly Pick<Segment, 'wallMs'>[]): Uint8Array | undefined {
    if (!KEY_NAME.test(name) || !segments.some((segment) => this.keyNameOf(segment) === name)) return undefined;
    const names = new Set(segments.map((segment) => this.keyNameOf(segment)));
    for (const known of this.#keys.keys()) if (!names.has(known)) this.#keys.delete(known);
    return this.#keyOf(name);
  }

  encrypt(segment: Pick<Segment, 'wallMs' | 'number'>, clear: readonly Uint8Array[]): Uint8Array {
    const cipher = createCipheriv('aes-128-cbc', this.#keyOf(this.keyNameOf(segment)), ivOf(segment.number));
    return Buffer.concat([...clear.map((bytes) => cipher.update(bytes)), cipher.final()]);
  }

  #keyOf(name: string): Uint8Array {
    const known = this.#keys.get(name);
    if (known) return known;
    const { secret, stream } = this.#options;
    const purpose = JSON.stringify(['HLS AES-128', stream.domain, stream.app, stream.name, name]);
    const key = new Uint8Array(hkdfSync('sha256', secret, '', purpose, KEY_BYTES));
    this.#keys.set(name, key);
    return key;
  }
}

/** The media sequence number as a big-endian number of 128 bits (RFC 8216, 5.2). */
function ivOf(mediaSequence: number): Uint8Array {
  const iv = Buffer.alloc(16);
  iv.writeBigUInt64BE(BigInt(mediaSequence), 8);
  return iv;
}
