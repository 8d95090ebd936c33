import { describe, expect, it } from 'vitest';
import { readAssetInfo } from './asset-info.ts';
import { clockOf } from './clock.ts';

const BASE = 'https://a.example/vod/x/play.json?play_auth=t';
const ANSWER = {
  ...{ title: 'A talk', kind: 'video', durationSeconds: 12 },
  sources: [
    { kind: 'hls', url: '~t/auto.m3u8', format: 'm3u8', definition: 'AUTO' },
    { kind: 'file', url: 'javascript:alert(1)', format: 'mp4', definition: 'SD' },
    { kind: 'tape', url: 'x', format: 'x', definition: 'x' },
  ],
  captions: [{ url: '~t/captions/1.vtt', language: 'en', label: 'en' }, {}],
  thumbnailsUrl: '~t/v/tiles.vtt',
  chapters: [{ title: 'End', atSeconds: 9 }, { title: 'Begin', atSeconds: 0 }, { title: 7 }],
};

describe('readAssetInfo', () => {
  it('makes addresses whole, and takes none that is not HTTP', () => {
    expect(readAssetInfo(ANSWER, BASE)).toEqual({
      ...{ title: 'A talk', kind: 'video', durationSeconds: 12 },
      sources: [{ kind: 'hls', url: 'https://a.example/vod/x/~t/auto.m3u8', format: 'm3u8', definition: 'AUTO' }],
      captions: [{ url: 'https://a.example/vod/x/~t/captions/1.vtt', language: 'en', label: 'en' }],
      chapters: [
        { title: 'Begin', atSeconds: 0 },
        { title: 'End', atSeconds: 9 },
      ],
      thumbnailsUrl: 'https://a.example/vod/x/~t/v/tiles.vtt',
    });
    expect(readAssetInfo({}, BASE)).toBeUndefined();
    expect(readAssetInfo('<html>', BASE)).toBeUndefined();
  });
});

describe('clockOf', () => {
  it.each([
    [0, '0:00'],
    [65.9, '1:05'],
    [3723, '1:02:03'],
    [-1, '0:00'],
  ])('%d s', (seconds, words) => expect(clockOf(seconds)).toBe(words));
});
