import { describe, expect, it } from 'vitest';
import type { Packet } from './packet.ts';
import type { SourceInput, SourceRole } from './source-input.ts';
import { type SourceChange, SourceSwitch, type SwitchSettings, USUAL_SWITCH } from './source-switch.ts';
import { testAudio, testAudioTrack, testStream, testVideo, testVideoTrack } from './test-packets.ts';
import type { TrackSet } from './track.ts';

const FRAME_MS = 40;
const GOP_FRAMES = 50;

type Encoder = { readonly input: SourceInput; readonly tracks: TrackSet; readonly baseMs: number; frames: number };

/** A switch and encoders that push to it, on a clock that is moved by hand. */
function studio(changed: Partial<SwitchSettings> = {}, slateTracks?: TrackSet) {
  const { stream, clock } = testStream();
  const packets: (Packet & { readonly atMs: number })[] = [];
  stream.read({ packet: (packet) => packets.push({ ...packet, atMs: clock.nowMs() }) });
  const changes: SourceChange[] = [];
  const encoders = new Map<SourceRole, Encoder>();
  const settings = { ...USUAL_SWITCH, ...changed };
  const begin = (role: SourceRole, input: SourceInput, tracks: TrackSet, baseMs = input.resumeDtsMs()) => {
    input.setTracks(tracks);
    encoders.set(role, { input, tracks, baseMs, frames: 0 });
  };
  const sources = new SourceSwitch({
    ...{ stream, clock, settings, hold: { maxBytes: 1e6, maxMs: 20_000 } },
    slateFor: () =>
      slateTracks &&
      ((input) => {
        begin('slate', input, slateTracks);
        return () => encoders.delete('slate');
      }),
    onSwitch: (change) => changes.push(change),
  });
  const frame = ({ input, tracks: { video, audio }, baseMs, frames }: Encoder) => {
    const dtsMs = baseMs + frames * FRAME_MS;
    if (video) input.publish(testVideo(video, dtsMs, frames % GOP_FRAMES === 0));
    if (audio) for (const ms of [0, FRAME_MS / 2]) input.publish(testAudio(audio, dtsMs + ms));
  };
  return {
    ...{ stream, clock, packets, changes, sources, encoders },
    join(role: 'main' | 'backup', tracks: TrackSet, baseMs?: number) {
      begin(role, sources.add(role, settings), tracks, baseMs);
    },
    leave(role: 'main' | 'backup') {
      const encoder = encoders.get(role);
      encoders.delete(role);
      if (encoder) sources.remove(encoder.input);
    },
    /** Time passes; all send but those that stall, whose frames are kept back until they may send again. */
    run(ms: number, { stalled = [], burst = [] }: { stalled?: SourceRole[]; burst?: SourceRole[] } = {}) {
      for (const role of burst) {
        const encoder = encoders.get(role);
        for (let left = 75; encoder && left > 0; left--, encoder.frames++) frame(encoder);
      }
      for (let passedMs = 0; passedMs < ms; passedMs += FRAME_MS) {
        clock.advance(FRAME_MS);
        for (const [role, encoder] of [...encoders]) {
          if (stalled.includes(role)) continue;
          frame(encoder);
          encoder.frames++;
        }
      }
    },
  };
}

const both = () => ({ video: testVideoTrack(), audio: testAudioTrack() });
const pictures = <P extends Packet>(packets: readonly P[]) => packets.filter(({ kind }) => kind === 'video');

function stepsOf(packets: readonly Packet[]): number[] {
  return packets.slice(1).map(({ dtsMs }, index) => dtsMs - (packets[index]?.dtsMs ?? 0));
}

describe('SourceSwitch', () => {
  it('lets the main source through and nothing of the backup', () => {
    const { join, run, packets, changes } = studio();
    join('main', both());
    join('backup', both(), 90_000);
    run(5000);
    expect(pictures(packets)).toHaveLength(125);
    expect(changes).toEqual([]);
  });

  it.each(Array.from({ length: 10 }, (_, index) => index * 200))(
    'puts the backup on air as soon as a stall is one, with every picture and no step back: its key frames %i ms apart',
    (apartMs) => {
      const { join, run, packets, changes, sources } = studio();
      join('main', both());
      run(apartMs);
      join('backup', both(), 90_000);
      // At each moment between two looks.
      run(6000 + apartMs / 5);
      const before = packets.length;
      const stalledAtMs = packets.at(-1)?.atMs ?? 0;
      run(3000, { stalled: ['main'] });
      expect(changes).toEqual([{ from: 'main', to: 'backup', reason: 'STALLED' }]);
      expect(sources.onAir).toBe('backup');
      const after = pictures(packets.slice(before));
      expect(after[0]).toMatchObject({ isKeyFrame: true });
      expect((after[0]?.atMs ?? 0) - stalledAtMs).toBe(USUAL_SWITCH.stallMs);
      const steps = stepsOf(pictures(packets));
      expect(Math.min(...steps)).toBeGreaterThan(0);
      expect(Math.max(...steps)).toBeLessThanOrEqual(2 * FRAME_MS);
      const sounds = stepsOf(packets.filter(({ kind }) => kind === 'audio'));
      expect(Math.min(...sounds)).toBeGreaterThan(0);
      expect(Math.max(...sounds)).toBeLessThanOrEqual(2 * FRAME_MS);
    },
  );

  it('keeps stream time at the pace of the clock over many switches', () => {
    const { join, run, packets, clock, changes } = studio({ back: 'atOnce' });
    join('main', both());
    join('backup', both(), 7_000_000);
    run(4000);
    for (let turn = 0; turn < 5; turn++) {
      run(3000, { stalled: ['main'] });
      run(6000, { burst: ['main'] });
    }
    expect(changes.map(({ to }) => to)).toEqual(Array.from({ length: 5 }, () => ['backup', 'main']).flat());
    const [first, last] = [packets[0], packets.at(-1)];
    const streamMs = (last?.dtsMs ?? 0) - (first?.dtsMs ?? 0);
    expect(Math.abs(streamMs - (clock.nowMs() - (first?.atMs ?? 0)))).toBeLessThan(100);
  });

  it('is a discontinuity only where the parameters differ', () => {
    const same = studio();
    same.join('main', both());
    same.join('backup', both(), 50_000);
    same.run(4000);
    same.leave('main');
    same.run(4000);
    expect(same.changes).toMatchObject([{ to: 'backup', reason: 'LOST' }]);
    expect(same.packets.some(({ position }) => position.isDiscontinuity)).toBe(false);

    const other = studio();
    other.join('main', both());
    const large = { ...both(), video: testVideoTrack({ width: 640, config: Uint8Array.of(1, 2, 3, 4) }) };
    other.join('backup', large, 50_000);
    other.run(4000);
    other.leave('main');
    other.run(4000);
    const breaks = other.packets.filter(({ position }) => position.isDiscontinuity && position.startsSegment);
    expect(breaks).toHaveLength(1);
    expect(breaks[0]).toMatchObject({ kind: 'video', isKeyFrame: true, track: large.video });
  });

  it.each([
    ['atOnce', 3000, 'main'],
    ['whenWell', 5000, 'backup'],
    ['whenWell', 15_000, 'main'],
    ['never', 30_000, 'backup'],
  ] as const)('goes back to the main source by the rule: %s, after %i ms on %s', (back, ms, onAir) => {
    const { join, run, sources, changes } = studio({ back });
    join('main', both());
    join('backup', both());
    run(2000);
    run(2000, { stalled: ['main'] });
    expect(sources.onAir).toBe('backup');
    run(ms);
    expect(sources.onAir).toBe(onAir);
    if (onAir === 'main') expect(changes.at(-1)).toMatchObject({ reason: 'MAIN_IS_WELL' });
  });

  it('does not take a main source back that only sends what it kept back', () => {
    const { join, run, sources, changes } = studio({ back: 'atOnce' });
    join('main', both());
    join('backup', both());
    run(2000);
    run(3000, { stalled: ['main'] });
    run(440, { burst: ['main'] });
    expect(changes).toHaveLength(1);
    expect(sources.onAir).toBe('backup');
  });

  it('leaves a source on air that was chosen by hand, and takes the other when it fails', () => {
    const { join, run, sources, changes } = studio({ back: 'atOnce' });
    join('main', both());
    expect(sources.choose('backup')).toBe(false);
    join('backup', both());
    run(3000);
    expect(sources.choose('backup')).toBe(true);
    run(2000);
    expect(changes).toEqual([{ from: 'main', to: 'backup', reason: 'BY_HAND' }]);
    run(10_000);
    expect(sources.onAir).toBe('backup');
    run(1000, { stalled: ['backup'] });
    expect(sources.onAir).toBe('main');
  });

  it('gives way to the backup where the main source falls behind without stalling', () => {
    const { join, run, changes } = studio();
    join('main', both());
    join('backup', both());
    run(3000);
    for (let turn = 0; turn < 60 && changes.length === 0; turn++) {
      run(80);
      run(80, { stalled: ['main'] });
    }
    expect(changes).toEqual([{ from: 'main', to: 'backup', reason: 'BEHIND' }]);
  });

  it('shows the slate when there is nothing else, and the encoder again when it is back', () => {
    const slate = { ...both(), video: testVideoTrack({ config: Uint8Array.of(9, 9, 9, 9) }) };
    const { join, run, packets, changes, sources, encoders } = studio({ slateMs: 60_000 }, slate);
    join('main', both());
    run(3000);
    run(5000, { stalled: ['main'] });
    expect(sources.onAir).toBe('slate');
    run(4000, { burst: ['main'] });
    expect(changes.map(({ to, reason }) => [to, reason])).toEqual([
      ['slate', 'NO_SOURCE'],
      ['main', 'SOURCE_IS_BACK'],
    ]);
    expect(encoders.has('slate')).toBe(false);
    expect(Math.min(...stepsOf(pictures(packets)))).toBeGreaterThan(0);
    const breaks = packets.filter(({ position }) => position.isDiscontinuity && position.startsSegment);
    expect(breaks).toHaveLength(2);
  });

  it('switches sound without pictures, too', () => {
    const { join, run, packets, changes } = studio();
    join('main', { audio: testAudioTrack() });
    join('backup', { audio: testAudioTrack() }, 30_000);
    run(3000);
    run(2000, { stalled: ['main'] });
    expect(changes).toMatchObject([{ to: 'backup', reason: 'STALLED' }]);
    const steps = stepsOf(packets);
    expect(Math.min(...steps)).toBeGreaterThan(0);
    expect(Math.max(...steps)).toBeLessThanOrEqual(FRAME_MS);
    expect(packets.some(({ position }) => position.isDiscontinuity)).toBe(false);
  });

  it('needs no timer while there is one source and no slate', () => {
    const { join, run, leave, clock } = studio();
    join('main', both());
    run(1000);
    expect(clock.pendingTimers).toBe(0);
    join('backup', both());
    run(1000);
    expect(clock.pendingTimers).toBe(1);
    leave('backup');
    run(2000);
    expect(clock.pendingTimers).toBe(0);
  });
});
