import { describe, expect, it } from 'vitest';
import type { Rendition, Stream } from '../live/index.ts';
import type { TemplateRule } from '../rules/index.ts';
import { Rung } from './rung.ts';

const template: TemplateRule = {
  name: 'lsd',
  video: { codec: 'h264', shortSide: 432, preset: 'veryfast' },
  audio: { codec: 'copy', bitrateKbps: 64 },
  latency: 'low',
  watermarks: [],
};

function setUp({ isLazy = true } = {}) {
  const rendition = { stream: undefined as Stream | undefined, stop() {} };
  const rung = new Rung(template, rendition as unknown as Rendition, isLazy);
  const goLive = () => {
    rung.isWanted = true;
    rung.reason = undefined;
    rendition.stream = {} as Stream;
  };
  rendition.stop = () => {
    rendition.stream = undefined;
  };
  return { rung, goLive };
}

describe('Rung', () => {
  it('says what became of it, each thing once', () => {
    const { rung, goLive } = setUp();
    const said: (string | undefined)[] = [rung.news()];
    const tell = (change: () => void) => {
      change();
      said.push(rung.news(), rung.news());
    };
    tell(() => {
      rung.isWanted = true;
    });
    tell(goLive);
    tell(() => {
      rung.reason = 'FFmpeg ended';
    });
    tell(goLive);
    tell(() => rung.shed(0, 'too slow'));
    tell(() => rung.endShed(60_000));
    tell(goLive);
    tell(() => rung.stopUnviewed(100_000));
    expect(said.filter((each) => each !== undefined)).toEqual([
      'rendition_started',
      'rendition_failed',
      'rendition_restored',
      'rendition_shed',
      'rendition_restored',
      'rendition_stopped',
    ]);
  });

  it('is shed for a minute, then for two, up to ten', () => {
    const { rung, goLive } = setUp();
    const rests = [1, 2, 3, 4, 5].map((nth) => {
      goLive();
      const forMs = rung.shed(nth * 1_000_000, 'too slow');
      expect([rung.state, rung.reason, rung.isDue]).toEqual(['shed', 'too slow', false]);
      expect(rung.endShed(nth * 1_000_000 + forMs - 1)).toBe(false);
      expect(rung.endShed(nth * 1_000_000 + forMs)).toBe(true);
      expect([rung.state, rung.isDue]).toEqual(['starting', true]);
      return forMs / 60_000;
    });
    expect(rests).toEqual([1, 2, 4, 8, 10]);
  });

  it('stops 30 s after its last viewer, if it is lazy', () => {
    const { rung, goLive } = setUp();
    goLive();
    rung.lastViewedMs = 1000;
    expect(rung.stopUnviewed(30_999)).toBe(false);
    expect(rung.stopUnviewed(31_000)).toBe(true);
    expect(rung.state).toBe('idle');
    const eager = setUp({ isLazy: false });
    eager.goLive();
    expect(eager.rung.stopUnviewed(1_000_000)).toBe(false);
  });
});
