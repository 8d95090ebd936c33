import { ByteReader } from '../bytes/index.ts';
import { boxAt, boxesIn } from './box-reader.ts';

/** When one track's samples of a fragment begin and how long they last, in its timescale. */
export type TrackSpan = { readonly trackId: number; readonly start: number; readonly durationTicks: number };

/** The times that a moof box's body declares; where it has no sample durations a track lasts 0. */
export function fragmentSpans(moof: Uint8Array): TrackSpan[] {
  return boxesIn(moof).flatMap(({ type, body }) => (type === 'traf' ? [trackSpan(body)] : []));
}

function trackSpan(traf: Uint8Array): TrackSpan {
  const head = new ByteReader(boxAt(traf, 'tfhd') ?? new Uint8Array(0), 'tfhd');
  const flags = head.u32() & 0xffffff;
  const trackId = head.u32();
  head.skip((flags & 0x1 ? 8 : 0) + (flags & 0x2 ? 4 : 0));
  const defaultTicks = flags & 0x8 ? head.u32() : 0;
  const time = new ByteReader(boxAt(traf, 'tfdt') ?? new Uint8Array(0), 'tfdt');
  const start = time.u32() >>> 24 === 1 ? time.u64() : time.u32();
  let durationTicks = 0;
  for (const { type, body } of boxesIn(traf)) if (type === 'trun') durationTicks += runTicks(body, defaultTicks);
  return { trackId, start, durationTicks };
}

function runTicks(trun: Uint8Array, defaultTicks: number): number {
  const reader = new ByteReader(trun, 'trun');
  const flags = reader.u32() & 0xffffff;
  const count = reader.u32();
  if (!(flags & 0x100)) return count * defaultTicks;
  reader.skip((flags & 0x1 ? 4 : 0) + (flags & 0x4 ? 4 : 0));
  const others = [0x200, 0x400, 0x800].filter((flag) => flags & flag).length * 4;
  let ticks = 0;
  for (let index = 0; index < count; index++) {
    ticks += reader.u32();
    reader.skip(others);
  }
  return ticks;
}
