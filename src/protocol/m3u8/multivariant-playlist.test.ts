import fc from 'fast-check';
import { parse, types } from 'hls-parser';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import { type MultivariantPlaylist, parseMultivariantPlaylist, renderMultivariantPlaylist } from './index.ts';

const ladder: MultivariantPlaylist = {
  version: 6,
  hasIndependentSegments: true,
  renditions: [
    {
      type: 'AUDIO',
      groupId: 'aac',
      name: 'English',
      uri: 'en.m3u8',
      language: 'en',
      isDefault: true,
      isAutoselect: true,
    },
    { type: 'AUDIO', groupId: 'aac', name: 'Deutsch', uri: 'de.m3u8', language: 'de', channels: '2' },
  ],
  variants: [
    {
      uri: 'live_hd/index.m3u8?t=1',
      bandwidth: 2_500_000,
      averageBandwidth: 2_000_000,
      score: 1.5,
      codecs: ['avc1.64001f', 'mp4a.40.2'],
      resolution: { width: 1280, height: 720 },
      frameRate: 29.97,
      audio: 'aac',
    },
    { uri: 'live_ld/index.m3u8', bandwidth: 500_000, score: 1, audio: 'aac' },
  ],
};

describe('renderMultivariantPlaylist', () => {
  it('prints variants and renditions', () => {
    expect(renderMultivariantPlaylist(ladder).split('\n')).toEqual([
      '#EXTM3U',
      '#EXT-X-VERSION:6',
      '#EXT-X-INDEPENDENT-SEGMENTS',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aac",NAME="English",LANGUAGE="en",DEFAULT=YES,AUTOSELECT=YES,URI="en.m3u8"',
      '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="aac",NAME="Deutsch",LANGUAGE="de",CHANNELS="2",URI="de.m3u8"',
      '#EXT-X-STREAM-INF:BANDWIDTH=2500000,AVERAGE-BANDWIDTH=2000000,SCORE=1.5,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=29.970,AUDIO="aac"',
      'live_hd/index.m3u8?t=1',
      '#EXT-X-STREAM-INF:BANDWIDTH=500000,SCORE=1,AUDIO="aac"',
      'live_ld/index.m3u8',
      '',
    ]);
  });

  it('is read by hls-parser', () => {
    const playlist = parse(renderMultivariantPlaylist(ladder));
    if (!(playlist instanceof types.MasterPlaylist)) throw new Error('hls-parser does not see a multivariant playlist');
    expect(playlist.independentSegments).toBe(true);
    expect(playlist.variants.map(({ uri, bandwidth }) => [uri, bandwidth])).toEqual([
      ['live_hd/index.m3u8?t=1', 2_500_000],
      ['live_ld/index.m3u8', 500_000],
    ]);
    expect(playlist.variants[0]).toMatchObject({ codecs: 'avc1.64001f,mp4a.40.2', frameRate: 29.97 });
    expect(playlist.variants[1]!.audio.map(({ name, isDefault }) => [name, isDefault ?? false])).toEqual([
      ['English', true],
      ['Deutsch', false],
    ]);
  });

  it.each(['', '#a', 'a\nb', ' a'])('refuses the URI %j', (uri) => {
    expect(() => renderMultivariantPlaylist({ variants: [{ uri, bandwidth: 1 }] })).toThrow(RangeError);
  });
});

describe('parseMultivariantPlaylist', () => {
  it('reads back what was rendered', () => {
    expect(parseMultivariantPlaylist(renderMultivariantPlaylist(ladder))).toEqual(ladder);
    expect(parseMultivariantPlaylist(renderMultivariantPlaylist({ variants: [] }))).toEqual({
      version: 3,
      variants: [],
    });
  });

  it('passes over what it does not know', () => {
    const text =
      '#EXTM3U\r\n# comment\r\n#EXT-X-NEW:1\r\n#EXT-X-MEDIA:TYPE=CLOSED-CAPTIONS,GROUP-ID="c",NAME="n"\r\n#EXT-X-STREAM-INF:BANDWIDTH=1,NEW="x"\r\na\r\n';
    expect(parseMultivariantPlaylist(text)).toEqual({ version: 1, variants: [{ uri: 'a', bandwidth: 1 }] });
  });

  it.each([
    ['no playlist', '#EXTM3'],
    ['a variant without BANDWIDTH', '#EXTM3U\n#EXT-X-STREAM-INF:SCORE=1\na'],
    ['a variant without URI', '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1'],
    ['a URI without variant', '#EXTM3U\na'],
    ['a rendition without NAME', '#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a"'],
    ['too many variants', `#EXTM3U\n${'#EXT-X-STREAM-INF:BANDWIDTH=1\na\n'.repeat(1001)}`],
  ])('refuses %s', (_name, text) => {
    expect(() => parseMultivariantPlaylist(text)).toThrow(MalformedError);
  });

  it('throws nothing but MalformedError', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('#EXTM3U\n', '#EXT-X-STREAM-INF:', '#EXT-X-MEDIA:', 'A=1', ',', '"', 'a\n', '\n')),
        (pieces) => {
          try {
            parseMultivariantPlaylist(`#EXTM3U\n${pieces.join('')}`);
          } catch (error) {
            expect(error).toBeInstanceOf(MalformedError);
          }
        },
      ),
    );
  });
});
