import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Amf0Value, asEcmaArray, decodeAmf0, encodeAmf0 } from '../../src/protocol/amf/index.ts';
import { MalformedError } from '../../src/protocol/bytes/index.ts';

const seconds = Number(process.env.FUZZ_SECONDS ?? 5);
const until = { numRuns: 10_000_000, interruptAfterTimeLimit: seconds * 1000 };

/** Bytes that often mean something in AMF: markers, small lengths, ends. */
const likely = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 17 }),
    fc.constantFrom(0, 0, 1, 3, 9, 0x11, 0xff),
    fc.integer({ min: 0, max: 255 }),
  ),
  { maxLength: 200 },
);

const seed = encodeAmf0(
  'onMetaData',
  1,
  asEcmaArray({ a: [true, null, undefined, new Date(0)], b: { c: 'text' } }),
  'x',
);

function checkLaw(bytes: Uint8Array): void {
  let values: Amf0Value[];
  try {
    values = decodeAmf0(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(MalformedError);
    return;
  }
  expect(decodeAmf0(encodeAmf0(...values))).toEqual(values);
}

describe('AMF: nothing but MalformedError is thrown, and what decodes encodes back', () => {
  it('random bytes', () => {
    fc.assert(
      fc.property(likely, (bytes) => checkLaw(Uint8Array.from(bytes))),
      until,
    );
  });

  it('AMF3 behind its switch', () => {
    fc.assert(
      fc.property(likely, (bytes) => checkLaw(Uint8Array.from([0x11, ...bytes]))),
      until,
    );
  });

  it('a body with bytes changed, and cut', () => {
    const change = fc.tuple(fc.nat(seed.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat(seed.length), (changes, length) => {
        const bytes = seed.slice();
        for (const [at, value] of changes) bytes[at] = value;
        checkLaw(bytes);
        checkLaw(bytes.subarray(0, length));
      }),
      until,
    );
  });
});
