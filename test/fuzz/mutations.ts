import fc from 'fast-check';
import { ODD_TEXTS } from '../support/schema-values.ts';

/** The same every time, unless a night wants other ones. */
export const FUZZ = {
  numRuns: Number(process.env.FUZZ_ROUNDS ?? 150),
  seed: Number(process.env.FUZZ_SEED ?? 20_260_101),
};

type Change = { readonly at: number; readonly remove: number; readonly insert: string };

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(4000),
  remove: fc.constantFrom(0, 0, 1, 1, 2, 8, 60),
  insert: fc.oneof(
    fc.constantFrom('', '\r\n', '\r\n\r\n', '%', '/', '..', '?', ';', ',', '"', ':', ...ODD_TEXTS),
    fc.string({ maxLength: 8, unit: 'binary' }),
  ),
});

/** What a program that is nearly right may send, as bytes. */
export function mutated(seeds: readonly (string | Uint8Array)[], most = 6): fc.Arbitrary<Buffer> {
  return fc.tuple(fc.constantFrom(...seeds), fc.array(change, { maxLength: most })).map(([seed, changes]) => {
    let bytes = Buffer.from(seed);
    for (const { at, remove, insert } of changes) {
      const from = bytes.length === 0 ? 0 : at % bytes.length;
      bytes = Buffer.concat([bytes.subarray(0, from), Buffer.from(insert), bytes.subarray(from + remove)]);
    }
    return bytes;
  });
}
