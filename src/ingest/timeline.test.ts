import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Timeline, type TrackKind } from './timeline.ts';

type Tag = { readonly kind: TrackKind; readonly atMs: number; readonly raw: number };

const FRAME_MS = { video: 40, audio: 20 };

/** What an encoder sends in `lengthMs`, with its clock changed by `clockOf`. */
function send(lengthMs: number, clockOf: (kind: TrackKind, atMs: number) => number): Tag[] {
  const tags: Tag[] = [];
  for (let atMs = 0; atMs < lengthMs; atMs += 20) {
    for (const kind of ['video', 'audio'] as const) {
      if (atMs % FRAME_MS[kind] === 0) tags.push({ kind, atMs, raw: clockOf(kind, atMs) >>> 0 });
    }
  }
  return tags;
}

function stampAll(tags: readonly Tag[], startDtsMs = 0) {
  const timeline = new Timeline(startDtsMs, tags[0]!.raw);
  const last = { video: -1, audio: -1 };
  return tags.map((tag) => {
    const { dtsMs, isJump } = timeline.stamp(tag.kind, tag.raw, tag.atMs);
    expect(dtsMs).toBeGreaterThanOrEqual(last[tag.kind] + (tag.kind === 'video' ? 1 : 0));
    expect(Number.isSafeInteger(dtsMs)).toBe(true);
    last[tag.kind] = dtsMs;
    expect(timeline.lastDtsMs).toBe(Math.max(last.video, last.audio, startDtsMs));
    return { ...tag, dtsMs, isJump };
  });
}

const errorsOf = (stamped: ReturnType<typeof stampAll>) => stamped.map(({ dtsMs, atMs }) => Math.abs(dtsMs - atMs));

describe('Timeline', () => {
  it.each([
    ['0', 0],
    ['the 24-bit limit, with extended timestamps', 2 ** 24 - 500],
    ['the 31-bit limit', 2 ** 31 - 500],
    ['the 32-bit limit', 2 ** 32 - 500],
  ])('goes on evenly across %s', (_name, base) => {
    const stamped = stampAll(send(2000, (_kind, atMs) => base + atMs));
    expect(Math.max(...errorsOf(stamped))).toBe(0);
  });

  it('goes on evenly where an encoder counts in 24 bits', () => {
    const stamped = stampAll(send(2000, (_kind, atMs) => (2 ** 24 - 500 + atMs) % 2 ** 24));
    expect(Math.max(...errorsOf(stamped))).toBe(0);
    expect(stamped.some(({ isJump }) => isJump)).toBe(false);
  });

  it('begins where it is told', () => {
    const stamped = stampAll(
      send(200, (_kind, atMs) => 77_000 + atMs),
      5000,
    );
    expect(stamped.every(({ dtsMs, atMs }) => dtsMs === 5000 + atMs)).toBe(true);
  });

  it.each([-3_600_000, -5000, -1500, 1500, 4000, 5500, 3_600_000])('re-stamps a single outlier of %d ms', (offset) => {
    const stamped = stampAll(
      send(2000, (kind, atMs) => 10_000_000 + atMs + (kind === 'video' && atMs === 1000 ? offset : 0)),
    );
    expect(Math.max(...errorsOf(stamped))).toBe(0);
    expect(stamped.some(({ isJump }) => isJump)).toBe(false);
  });

  it.each([-3_600_000, -5000, 7000, 3_600_000, 2 ** 31 - 5_000_000])(
    'follows a lasting jump of %d ms without one, audio and video together to the millisecond',
    (jump) => {
      const stamped = stampAll(send(4000, (_kind, atMs) => 10_000_000 + atMs + (atMs >= 1000 ? jump : 0)));
      const after = stamped.filter(({ atMs }) => atMs > 1200);
      const errors = new Set(after.map(({ dtsMs, atMs }) => dtsMs - atMs));
      expect(errors.size).toBe(1);
      expect(Math.max(...errorsOf(stamped))).toBeLessThan(100);
      expect(stamped.filter(({ isJump }) => isJump).length).toBe(1);
    },
  );

  it('keeps audio and video together over jump after jump', () => {
    const jumps = [3_600_000, -7_200_000, 3_600_000, 9000, 9000];
    const offsetAt = (atMs: number) =>
      jumps.reduce((sum, jump, index) => sum + (atMs >= 1000 * (index + 1) ? jump : 0), 0);
    const stamped = stampAll(send(7000, (_kind, atMs) => 100_000_000 + atMs + offsetAt(atMs)));
    const errors = new Set(stamped.filter(({ atMs }) => atMs > 5200).map(({ dtsMs, atMs }) => dtsMs - atMs));
    expect(errors.size).toBe(1);
    expect(stamped.filter(({ isJump }) => isJump).length).toBe(jumps.length);
  });

  it('keeps audio and video together where frames are lost at the jump, whichever track jumps first', () => {
    const isLost = ({ kind, atMs }: Tag) => (kind === 'video' ? atMs === 1000 : atMs >= 3000 && atMs < 3200);
    const offsetAt = (atMs: number) => (atMs >= 1000 ? 9000 : 0) + (atMs >= 3000 ? 9300 : 0);
    const tags = send(5000, (_kind, atMs) => 100_000_000 + atMs + offsetAt(atMs)).filter((tag) => !isLost(tag));
    const stamped = stampAll(tags);
    const errorsAfter = (fromMs: number, toMs: number) =>
      new Set(stamped.filter(({ atMs }) => atMs > fromMs && atMs < toMs).map(({ dtsMs, atMs }) => dtsMs - atMs));
    expect(errorsAfter(1200, 3000).size).toBe(1);
    expect(errorsAfter(3300, 5000).size).toBe(1);
    expect(stamped.filter(({ isJump }) => isJump).length).toBe(2);
  });

  it('keeps its base where timestamps alternate between two', () => {
    let count = 0;
    const stamped = stampAll(send(4000, (_kind, atMs) => 10_000_000 + atMs + (count++ % 4 < 2 ? 0 : 900_000)));
    expect(Math.max(...errorsOf(stamped))).toBeLessThanOrEqual(40);
    expect(stamped.some(({ isJump }) => isJump)).toBe(false);
  });

  it('puts audio and video that count from different bases side by side', () => {
    const stamped = stampAll(send(1000, (kind, atMs) => (kind === 'video' ? 5_000_000 : 80) + atMs));
    expect(Math.max(...errorsOf(stamped))).toBe(0);
  });

  it('keeps the distance between audio and video that count from one base', () => {
    const timeline = new Timeline(0, 900);
    expect(timeline.stamp('video', 1000, 0).dtsMs).toBe(100);
    expect(timeline.stamp('audio', 900, 0).dtsMs).toBe(0);
    expect(timeline.stamp('video', 1040, 40).dtsMs).toBe(140);
  });

  it('never gives out a time before its start', () => {
    const timeline = new Timeline(5000, 1000);
    expect(timeline.stamp('video', 1000, 0).dtsMs).toBe(5000);
    expect(timeline.stamp('audio', 700, 0).dtsMs).toBe(5000);
    expect(timeline.stamp('audio', 980, 280).dtsMs).toBe(5000);
    expect(timeline.stamp('audio', 1010, 310).dtsMs).toBe(5010);
  });

  it('goes through a step back of less than a second with times that rise', () => {
    const stamped = stampAll(send(3000, (_kind, atMs) => 10_000 + atMs - (atMs >= 1000 ? 400 : 0)));
    expect(stamped.at(-1)!.dtsMs).toBe(stamped.at(-1)!.atMs - 400);
  });

  it('takes a gap as long as it lasted', () => {
    const stamped = stampAll(send(40_000, (_kind, atMs) => atMs).filter(({ atMs }) => atMs < 1000 || atMs >= 31_000));
    expect(Math.max(...errorsOf(stamped))).toBe(0);
  });

  it('catches up with a gap of some seconds that came without a pause, and keeps audio and video together', () => {
    const stamped = stampAll(send(3000, (_kind, atMs) => atMs + (atMs >= 1000 ? 3000 : 0)));
    const after = stamped.filter(({ atMs }) => atMs > 1200);
    expect(after.every(({ dtsMs, atMs }) => dtsMs === atMs + 3000)).toBe(true);
    expect(stamped.some(({ isJump }) => isJump)).toBe(false);
  });

  it('lets rare frames jump too', () => {
    const timeline = new Timeline(0, 0);
    const times = [0, 2000, 4000, 6000, 8000, 10_000].map((atMs) => {
      return timeline.stamp('video', atMs + (atMs >= 4000 ? 9_000_000 : 0), atMs).dtsMs;
    });
    expect(times.at(-1)! - times.at(-2)!).toBe(2000);
  });

  it('gives a well-behaved encoder its own times, from any base', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 900 }), fc.boolean()), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(fc.nat(2 ** 32 - 1), fc.nat(1e9), steps, (base, start, list) => {
        let atMs = 0;
        const tags = list.map(([ms, isVideo]): Tag => {
          atMs += ms;
          return { kind: isVideo ? 'video' : 'audio', atMs, raw: (base + atMs) >>> 0 };
        });
        const first = tags[0]!.atMs;
        for (const { dtsMs, atMs: at } of stampAll(tags, start)) expect(dtsMs).toBe(start + at - first);
      }),
    );
  });

  it('stays near the truth whatever single stamps are wrong', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(60), { maxLength: 8 }),
        fc.integer({ min: -(2 ** 31), max: 2 ** 31 }),
        (wrong, offset) => {
          const apart = new Set(wrong.filter((index) => index > 0 && !wrong.includes(index - 1)));
          const tags = Array.from({ length: 62 }, (_, index): Tag => {
            const raw = 50_000_000 + index * 40 + (apart.has(index) ? offset : 0);
            return { kind: 'video', atMs: index * 40, raw: raw >>> 0 };
          });
          const stamped = stampAll(tags);
          const reach = Math.abs(offset) <= 1040 ? Math.abs(offset) : 40;
          expect(Math.max(...errorsOf(stamped))).toBeLessThanOrEqual(reach);
        },
      ),
    );
  });

  it('never goes back, whatever comes', () => {
    const tag = fc.record({
      kind: fc.constantFrom('video' as const, 'audio' as const),
      raw: fc.nat(2 ** 32 - 1),
      ms: fc.nat(500),
    });
    fc.assert(
      fc.property(fc.array(tag, { minLength: 1 }), (list) => {
        let atMs = 0;
        stampAll(
          list.map(({ kind, raw, ms }) => {
            atMs += ms;
            return { kind, raw, atMs };
          }),
        );
      }),
    );
  });
});
