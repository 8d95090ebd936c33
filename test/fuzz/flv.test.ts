import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, it } from 'vitest';
import { MalformedError } from '../../src/protocol/bytes/index.ts';
import {
  decodeAudioTag,
  decodeFileHeader,
  decodeMetadata,
  decodeTagHeader,
  decodeVideoTag,
  FlvReader,
} from '../../src/protocol/flv/index.ts';

const runMs = Number(process.env.FUZZ_MS ?? 1000);

/** Anything but a `MalformedError` goes through and fails the property. */
function tolerating(decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    if (!(error instanceof MalformedError)) throw error;
  }
}

function check(property: fc.IProperty<[Uint8Array]>): void {
  fc.assert(property, { numRuns: 1_000_000, interruptAfterTimeLimit: runMs });
}

/** One of `seeds` with some bytes changed, and perhaps an end cut off. */
function mutated(seeds: readonly Uint8Array[]): fc.Arbitrary<Uint8Array> {
  const changes = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(255)), { maxLength: 8 });
  const cut = fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: 1 });
  return fc.tuple(fc.constantFrom(...seeds), changes, cut).map(([seed, edits, keep]) => {
    const bytes = seed.slice();
    for (const [where, value] of edits) if (bytes.length > 0) bytes[Math.floor(where * (bytes.length - 1))] = value;
    return bytes.subarray(0, Math.ceil(bytes.length * keep));
  });
}

const files = ['enhanced-av1', 'enhanced-hevc', 'enhanced-vp9opus', 'enhanced-h264opus'].map(
  (name) =>
    new Uint8Array(readFileSync(new URL(`../fixtures/captures/${name}.flv`, import.meta.url)).subarray(0, 20_000)),
);
const tags = files.flatMap((file) => new FlvReader().push(file));
const payloads = tags.map((tag) => tag.payload.slice(0, 200));
const handMade = ['9611617630310000000100', '97020f42400161763031aa', '95216d70346101000001aa', '57'].map((hex) =>
  Uint8Array.from(Buffer.from(hex, 'hex')),
);

const decoders = { decodeVideoTag, decodeAudioTag, decodeMetadata, decodeTagHeader, decodeFileHeader };

describe.each(Object.entries(decoders))('%s throws nothing but MalformedError', (_, decode) => {
  it('for random bytes', () => {
    check(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => tolerating(() => decode(bytes))));
  });

  it('for mutated payloads', () => {
    check(fc.property(mutated([...payloads, ...handMade]), (bytes) => tolerating(() => decode(bytes))));
  });
});

describe('FlvReader throws nothing but MalformedError', () => {
  it('for mutated files in pieces', () => {
    const reading = fc.property(mutated(files), (bytes) => {
      const reader = new FlvReader();
      const pieceBytes = 1 + ((bytes[bytes.length >>> 1] ?? 0) << 4);
      tolerating(() => {
        for (let at = 0; at < bytes.length; at += pieceBytes) {
          for (const tag of reader.push(bytes.subarray(at, at + pieceBytes))) {
            if (tag.type === 'video') tolerating(() => decodeVideoTag(tag.payload));
            else if (tag.type === 'audio') tolerating(() => decodeAudioTag(tag.payload));
            else tolerating(() => decodeMetadata(tag.payload));
          }
        }
      });
    });
    check(reading);
  });
});
