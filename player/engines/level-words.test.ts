import { describe, expect, it } from 'vitest';
import { readRenditions } from './flv-renditions.ts';
import { type LevelFacts, levelWords } from './level-words.ts';

describe('levelWords', () => {
  it.each<[LevelFacts, string, string]>([
    [
      { name: '_source', width: 1920, height: 1080, frameRate: 30, bitrate: 4_000_000 },
      '1080p',
      'source · 4.00 Mbit/s',
    ],
    [{ name: 'lsd', width: 768, height: 432, frameRate: 25, bitrate: 680_000 }, '432p', 'lsd · 680 kbit/s'],
    [{ name: 'hd', width: 1280, height: 720, frameRate: 59.94 }, '720p60', 'hd'],
    // Turned, it is as large as before.
    [{ name: 'lsd', width: 432, height: 768 }, '432p', 'lsd'],
    [{ name: 'radio', width: 0, height: 0, bitrate: 64_000 }, 'Sound only', 'radio · 64 kbit/s'],
    [{ name: undefined, width: 640, height: 360 }, '360p', ''],
  ])('%j', (facts, label, detail) => {
    expect(levelWords(facts)).toEqual({ label, detail });
  });
});

describe('readRenditions', () => {
  const base = 'wss://play.example/live/demo.flv?auth_key=1';

  it('makes the addresses whole, by WebSocket where the stream is', () => {
    const renditions = [
      { name: '_source', url: 'demo.flv?auth_key=2', width: 1280, height: 720, bitrateKbps: 2100 },
      { name: 'lsd', url: '/type/b/live/demo_lsd.flv' },
    ];
    expect(readRenditions({ renditions }, base)).toEqual([
      {
        index: 0,
        name: '_source',
        url: 'wss://play.example/live/demo.flv?auth_key=2',
        label: '720p',
        detail: 'source · 2.10 Mbit/s',
      },
      { index: 1, name: 'lsd', url: 'wss://play.example/type/b/live/demo_lsd.flv', label: 'Sound only', detail: 'lsd' },
    ]);
  });

  it.each([[undefined], [null], [[]], [{}], [{ renditions: 'none' }], [{ renditions: [{ name: 1 }, null] }]])(
    'finds nothing in %j',
    (said) => expect(readRenditions(said, base)).toEqual([]),
  );
});
