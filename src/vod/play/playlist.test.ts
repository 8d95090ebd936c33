import { describe, expect, it } from 'vitest';
import { cutPlaylist, isMediaPlaylist, withArgument, withMpdUris, withUris } from './playlist.ts';

const HEAD = '#EXTM3U\n#EXT-X-TARGETDURATION:4\n';
const segments = (count: number) =>
  Array.from({ length: count }, (_, index) => `#EXTINF:4.000,\ns/${index}.ts\n`).join('');

describe('withUris', () => {
  it('changes relative addresses of segments, maps, keys and renditions, and leaves others', () => {
    const text = [
      '#EXT-X-MAP:URI="init.mp4",BYTERANGE="10@0"',
      '#EXT-X-KEY:METHOD=AES-128,URI="https://keys.example/1"',
      's/1.ts',
      '/root.ts',
      'http://x/2.ts',
      '',
    ].join('\r\n');
    expect(withUris(text, (uri) => withArgument(uri, 't', '1')).split('\n')).toEqual([
      '#EXT-X-MAP:URI="init.mp4?t=1",BYTERANGE="10@0"',
      '#EXT-X-KEY:METHOD=AES-128,URI="https://keys.example/1"',
      's/1.ts?t=1',
      '/root.ts',
      'http://x/2.ts',
      '',
    ]);
    expect(withArgument('a?b=1', 'c', '2')).toBe('a?b=1&c=2');
  });
});

describe('withMpdUris', () => {
  it.each([
    [
      '<SegmentTemplate initialization="i-$RepresentationID$.m4s" media="$Number%05d$.m4s?a=1&amp;b=2"/>',
      '<SegmentTemplate initialization="i-$RepresentationID$.m4s?t=1" media="$Number%05d$.m4s?a=1&amp;b=2&amp;t=1"/>',
    ],
    [
      '<SegmentURL media="1.m4s" mediaRange="0-9" indexRange="0-3"/>',
      '<SegmentURL media="1.m4s?t=1" mediaRange="0-9" indexRange="0-3"/>',
    ],
    ['<BaseURL serviceLocation="x">film.mp4</BaseURL>', '<BaseURL serviceLocation="x">film.mp4?t=1</BaseURL>'],
    ['<BaseURL>film/</BaseURL>', '<BaseURL>film/</BaseURL>'],
    ['<SegmentURL media="https://a.example/1.m4s"/>', '<SegmentURL media="https://a.example/1.m4s"/>'],
  ])('of %s', (text, expected) => {
    expect(withMpdUris(text, (uri) => withArgument(uri, 't', '1'))).toBe(expected);
  });
});

describe('cutPlaylist', () => {
  it('keeps the segments that begin before the end', () => {
    const { text, parts } = cutPlaylist(`${HEAD}${segments(5)}#EXT-X-ENDLIST\n`, 8);
    expect([...parts.keys()]).toEqual(['s/0.ts', 's/1.ts']);
    expect(text).toBe(`${HEAD}${segments(2)}#EXT-X-ENDLIST\n`);
    expect([...cutPlaylist(HEAD + segments(5), 8.1).parts.keys()]).toHaveLength(3);
    expect([...cutPlaylist(HEAD + segments(2), 600).parts.keys()]).toHaveLength(2);
  });

  it('keeps what a kept segment needs, and no key or map of one that is not', () => {
    const text = `${HEAD}#EXT-X-KEY:METHOD=AES-128,URI="1.key"\n#EXTINF:4,\n0.ts\n#EXT-X-KEY:METHOD=AES-128,URI="2.key"\n#EXTINF:4,\n1.ts\n`;
    expect([...cutPlaylist(text, 4).parts.keys()]).toEqual(['1.key', '0.ts']);
    expect(cutPlaylist(text, 4).text).not.toContain('2.key');
  });

  it('says how far ranges of one file go, also where offsets are left out', () => {
    const ranged = `${HEAD}#EXT-X-MAP:URI="a.mp4",BYTERANGE="100@0"\n#EXTINF:4,\n#EXT-X-BYTERANGE:50@100\na.mp4\n#EXTINF:4,\n#EXT-X-BYTERANGE:60\na.mp4\n#EXTINF:4,\n#EXT-X-BYTERANGE:70\na.mp4\n`;
    expect(cutPlaylist(ranged, 8).parts).toEqual(new Map([['a.mp4', { endByte: 210 }]]));
  });

  it('is not for playlists of playlists', () => {
    expect(isMediaPlaylist('#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n')).toBe(false);
    expect(isMediaPlaylist(HEAD + segments(1))).toBe(true);
  });
});
