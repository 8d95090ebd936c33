import { describe, expect, it } from 'vitest';
import { PublishMeter } from './publish-meter.ts';

/** Video of `videoBytes` a second at 10 fps with a key frame every 2 s, and audio of 1000 bytes a second. */
function send(meter: PublishMeter, fromMs: number, toMs: number, videoBytes = 100_000, audioLeadMs = 0): void {
  for (let atMs = fromMs; atMs < toMs; atMs += 100) {
    meter.packet('video', videoBytes / 10, atMs, atMs, atMs % 2000 === 0);
    meter.packet('audio', 100, atMs + audioLeadMs, atMs, false);
  }
}

describe('PublishMeter', () => {
  it('has nothing to say before anything came', () => {
    expect(new PublishMeter().measure(1000)).toEqual({
      seconds: 0,
      videoKbps: 0,
      audioKbps: 0,
      fps: 0,
      keyIntervalMs: 0,
      bitrateSwing: 0,
      stalls: 0,
      longestStallMs: 0,
      audioLeadMs: 0,
    });
  });

  it('measures whole seconds', () => {
    const meter = new PublishMeter();
    send(meter, 0, 10_500, 125_000, 40);
    expect(meter.measure(10_500)).toEqual({
      seconds: 10,
      videoKbps: 1000,
      audioKbps: 8,
      fps: 10,
      keyIntervalMs: 2000,
      bitrateSwing: 1,
      stalls: 0,
      longestStallMs: 0,
      audioLeadMs: 40,
    });
    expect(meter.totalBytes).toBe(105 * (12_500 + 100));
  });

  it('looks back 30 s and no further', () => {
    const meter = new PublishMeter();
    send(meter, 0, 10_000, 1_000_000);
    send(meter, 10_000, 40_000, 100_000);
    const { seconds, videoKbps, bitrateSwing } = meter.measure(40_000);
    expect({ seconds, videoKbps, bitrateSwing }).toEqual({ seconds: 30, videoKbps: 800, bitrateSwing: 1 });
  });

  it('tells how the bitrate swings', () => {
    const meter = new PublishMeter();
    send(meter, 0, 5000, 800_000);
    send(meter, 5000, 10_000, 100_000);
    expect(meter.measure(10_000).bitrateSwing).toBe(8);
  });

  it('counts stalls, also the one that lasts, and forgets them', () => {
    const meter = new PublishMeter();
    send(meter, 0, 1000);
    send(meter, 4000, 5000);
    expect(meter.measure(5000)).toMatchObject({ stalls: 1, longestStallMs: 3100 });
    expect(meter.measure(9900)).toMatchObject({ stalls: 2, longestStallMs: 5000 });
    send(meter, 9900, 34_000);
    expect(meter.measure(34_000)).toMatchObject({ stalls: 1, longestStallMs: 5000 });
  });

  it('is not troubled by hours of silence', () => {
    const meter = new PublishMeter();
    send(meter, 0, 1000);
    expect(meter.measure(1e12)).toMatchObject({ seconds: 30, videoKbps: 0, fps: 0 });
  });
});
