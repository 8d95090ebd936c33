import fc from 'fast-check';
import { parse, setOptions, types } from 'hls-parser';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../bytes/index.ts';
import {
  formatSeconds,
  type MediaPlaylist,
  type OpenSegment,
  parseMediaPlaylist,
  renderMediaPlaylist,
} from './index.ts';

setOptions({ strictMode: true });

const map = { uri: 'init.mp4' };

const plain: MediaPlaylist = {
  targetDurationSeconds: 4,
  mediaSequence: 7,
  segments: [
    { uri: '7.ts', durationSeconds: 4 },
    { uri: '8.ts', durationSeconds: 3.9666666666 },
  ],
};

const lowLatency: MediaPlaylist = {
  version: 9,
  targetDurationSeconds: 4,
  mediaSequence: 266,
  discontinuitySequence: 2,
  hasIndependentSegments: true,
  serverControl: { canBlockReload: true, partHoldBackSeconds: 1.002, holdBackSeconds: 12, canSkipUntilSeconds: 24 },
  partTargetSeconds: 0.334,
  segments: [
    { uri: '266.m4s', durationSeconds: 4.00008, map, programDateTimeMs: 1_550_000_000_000 },
    {
      uri: '267.m4s',
      durationSeconds: 0.667,
      map,
      parts: [
        { uri: '267.0.m4s', durationSeconds: 0.334, isIndependent: true },
        { uri: '267.1.m4s', durationSeconds: 0.333 },
      ],
    },
    { uri: '268.m4s', durationSeconds: 4, map, isGap: true },
  ],
  openSegment: {
    map: { uri: 'init2.mp4' },
    isDiscontinuity: true,
    programDateTimeMs: 1_550_000_008_667,
    parts: [{ uri: '269.0.m4s', durationSeconds: 0.334, isIndependent: true }],
  },
  preloadHints: [{ type: 'PART', uri: '269.1.m4s' }],
  renditionReports: [{ uri: '../low/index.m3u8', lastMsn: 269, lastPart: 0 }],
};

const delta: MediaPlaylist = {
  targetDurationSeconds: 2,
  mediaSequence: 100,
  serverControl: { canBlockReload: true, canSkipUntilSeconds: 12 },
  skippedSegments: 10,
  segments: [{ uri: '110.ts', durationSeconds: 2 }],
};

const encrypted: MediaPlaylist = {
  version: 5,
  targetDurationSeconds: 2,
  mediaSequence: 0,
  playlistType: 'VOD',
  start: { timeOffsetSeconds: -6.5, isPrecise: true },
  segments: [
    { uri: 'a.ts', durationSeconds: 2, key: { method: 'AES-128', uri: 'key', iv: new Uint8Array(16).fill(0xa1) } },
    { uri: 'a.ts', durationSeconds: 2, key: { method: 'NONE' }, byteRange: { lengthBytes: 188, offsetBytes: 376 } },
  ],
  isEnded: true,
};

describe('renderMediaPlaylist', () => {
  it('prints a plain playlist', () => {
    expect(renderMediaPlaylist(plain)).toBe(
      '#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:4\n#EXT-X-MEDIA-SEQUENCE:7\n' +
        '#EXTINF:4.000,\n7.ts\n#EXTINF:3.966667,\n8.ts\n',
    );
  });

  it('prints a low-latency playlist', () => {
    expect(renderMediaPlaylist(lowLatency).split('\n')).toEqual([
      '#EXTM3U',
      '#EXT-X-VERSION:9',
      '#EXT-X-TARGETDURATION:4',
      '#EXT-X-SERVER-CONTROL:CAN-SKIP-UNTIL=24.000,HOLD-BACK=12.000,PART-HOLD-BACK=1.002,CAN-BLOCK-RELOAD=YES',
      '#EXT-X-PART-INF:PART-TARGET=0.334',
      '#EXT-X-MEDIA-SEQUENCE:266',
      '#EXT-X-DISCONTINUITY-SEQUENCE:2',
      '#EXT-X-INDEPENDENT-SEGMENTS',
      '#EXT-X-MAP:URI="init.mp4"',
      '#EXT-X-PROGRAM-DATE-TIME:2019-02-12T19:33:20.000Z',
      '#EXTINF:4.00008,',
      '266.m4s',
      '#EXT-X-PART:DURATION=0.334,URI="267.0.m4s",INDEPENDENT=YES',
      '#EXT-X-PART:DURATION=0.333,URI="267.1.m4s"',
      '#EXTINF:0.667,',
      '267.m4s',
      '#EXT-X-GAP',
      '#EXTINF:4.000,',
      '268.m4s',
      '#EXT-X-DISCONTINUITY',
      '#EXT-X-MAP:URI="init2.mp4"',
      '#EXT-X-PROGRAM-DATE-TIME:2019-02-12T19:33:28.667Z',
      '#EXT-X-PART:DURATION=0.334,URI="269.0.m4s",INDEPENDENT=YES',
      '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="269.1.m4s"',
      '#EXT-X-RENDITION-REPORT:URI="../low/index.m3u8",LAST-MSN=269,LAST-PART=0',
      '',
    ]);
  });

  it('keeps a map that its key has no IV for out of the key, also where the map changes', () => {
    const key = { method: 'AES-128' as const, uri: '1.key' };
    const withIv = { ...key, iv: new Uint8Array(16) };
    const segment = { uri: 'a.m4s', durationSeconds: 1 };
    const tagsOf = (segments: MediaPlaylist['segments']) =>
      renderMediaPlaylist({ targetDurationSeconds: 1, mediaSequence: 0, segments })
        .split('\n')
        .filter((line) => /KEY|MAP/.test(line))
        .map((line) => line.replace('#EXT-X-', '').replace(/METHOD=|URI=|"/g, ''));
    const second = { uri: 'init2.mp4' };
    expect(
      tagsOf([
        { ...segment, map, key },
        { ...segment, map, key },
        { ...segment, map: second, key },
      ]),
    ).toEqual(['MAP:init.mp4', 'KEY:AES-128,1.key', 'KEY:NONE', 'MAP:init2.mp4', 'KEY:AES-128,1.key']);
    expect(tagsOf([{ ...segment, map, key: withIv }])).toEqual([
      `KEY:AES-128,1.key,IV=0x${'0'.repeat(32)}`,
      'MAP:init.mp4',
    ]);
  });

  it.each<[string, Partial<MediaPlaylist>, number]>([
    ['nothing new', {}, 3],
    [
      'a byte range',
      { segments: [{ uri: 'a', durationSeconds: 1, byteRange: { lengthBytes: 1, offsetBytes: 0 } }] },
      4,
    ],
    [
      'a key format',
      { segments: [{ uri: 'a', durationSeconds: 1, key: { method: 'SAMPLE-AES', uri: 'k', keyFormat: 'f' } }] },
      5,
    ],
    ['a map', { openSegment: { map } }, 6],
    ['a delta update', { skippedSegments: 1 }, 9],
  ])('asks for the version that %s needs', (_name, extra, version) => {
    expect(renderMediaPlaylist({ ...plain, segments: [], ...extra })).toContain(`#EXT-X-VERSION:${version}\n`);
  });

  it.each<[string, Partial<MediaPlaylist>]>([
    ['an empty URI', { segments: [{ uri: '', durationSeconds: 1 }] }],
    ['a URI of two lines', { segments: [{ uri: 'a\n#EXT-X-ENDLIST', durationSeconds: 1 }] }],
    ['a URI that is a tag', { segments: [{ uri: '#EXT-X-ENDLIST', durationSeconds: 1 }] }],
    ['a title of two lines', { segments: [{ uri: 'a', durationSeconds: 1, title: 'a\rb' }] }],
    ['a quote in a part', { openSegment: { parts: [{ uri: 'a"b', durationSeconds: 1 }] } }],
    ['half a second of target duration', { targetDurationSeconds: 1.5 }],
    ['a negative media sequence', { mediaSequence: -1 }],
    ['a duration that is none', { segments: [{ uri: 'a', durationSeconds: Number.NaN }] }],
    ['a short IV', { openSegment: { key: { method: 'AES-128', uri: 'k', iv: new Uint8Array(8) } } }],
  ])('refuses %s', (_name, extra) => {
    expect(() => renderMediaPlaylist({ ...plain, ...extra })).toThrow(RangeError);
  });

  it('prints playlists that hls-parser reads', () => {
    const read = readByHlsParser(lowLatency);
    expect(read).toMatchObject({ targetDuration: 4, mediaSequenceBase: 266, discontinuitySequenceBase: 2 });
    expect(read).toMatchObject({ partTargetDuration: 0.334, endlist: false, independentSegments: true });
    expect(read.lowLatencyCompatibility).toMatchObject({ canBlockReload: true, partHoldBack: 1.002, canSkipUntil: 24 });
    expect(read.segments.map(({ uri, gap }) => [uri, gap ?? false])).toEqual([
      ['266.m4s', false],
      ['267.m4s', false],
      ['268.m4s', true],
      ['', false],
    ]);
    const open = read.segments[3]!;
    expect([open.discontinuity, open.map.uri]).toEqual([true, 'init2.mp4']);
    expect(open.parts.map(({ uri, hint }) => [uri, hint])).toEqual([
      ['269.0.m4s', false],
      ['269.1.m4s', true],
    ]);
    expect(read.renditionReports).toMatchObject([{ uri: '../low/index.m3u8', lastMSN: 269, lastPart: 0 }]);
    expect(readByHlsParser(delta).skip).toBe(10);
    expect(readByHlsParser(plain).segments.map(({ duration }) => duration)).toEqual([4, 3.966667]);
    const vod = readByHlsParser(encrypted);
    expect(vod).toMatchObject({ endlist: true, playlistType: 'VOD', start: { offset: -6.5, precise: true } });
    expect(vod.segments[0]!.key).toMatchObject({ method: 'AES-128', uri: 'key' });
    expect(vod.segments[1]!.byterange).toMatchObject({ length: 188, offset: 376 });
  });
});

function readByHlsParser(playlist: MediaPlaylist): types.MediaPlaylist {
  const read = parse(renderMediaPlaylist(playlist));
  if (!(read instanceof types.MediaPlaylist)) throw new Error('hls-parser does not see a media playlist');
  return read;
}

describe('parseMediaPlaylist', () => {
  it.each([
    ['low latency', lowLatency],
    ['encrypted', encrypted],
  ])('reads back %s', (_name, playlist) => {
    expect(parseMediaPlaylist(renderMediaPlaylist(playlist))).toEqual(playlist);
  });

  it('is the inverse of the renderer', () => {
    fc.assert(
      fc.property(playlists(), (playlist) => {
        expect(parseMediaPlaylist(renderMediaPlaylist(playlist))).toEqual(playlist);
      }),
    );
  });

  it.each([
    ['2026-11-20T17:40:38.250Z', 250],
    ['2026-11-20T18:40:38.250+01:00', 250],
    ['2026-11-20T18:40:38.25+0100', 250],
    ['2026-11-20T17:40:38', 0],
  ])('reads the date %s', (date, milliseconds) => {
    const text = `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-PROGRAM-DATE-TIME:${date}\n#EXTINF:1\na`;
    expect(parseMediaPlaylist(text).segments[0]!.programDateTimeMs).toBe(
      Date.UTC(2026, 10, 20, 17, 40, 38, milliseconds),
    );
  });

  it('continues byte ranges that name no offset', () => {
    const text =
      '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1\n#EXT-X-BYTERANGE:10@5\na\n#EXTINF:1\n#EXT-X-BYTERANGE:7\na\n';
    expect(parseMediaPlaylist(text).segments[1]!.byteRange).toEqual({ lengthBytes: 7, offsetBytes: 15 });
  });

  it.each([
    ['no playlist', 'EXTM3U'],
    ['no target duration', '#EXTM3U\n'],
    ['a URI without EXTINF', '#EXTM3U\n#EXT-X-TARGETDURATION:1\na'],
    ['an EXTINF without URI', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,'],
    ['a duration that is none', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:x,\na'],
    ['a target duration that is none', '#EXTM3U\n#EXT-X-TARGETDURATION:1.5'],
    ['a playlist type', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-PLAYLIST-TYPE:LIVE'],
    ['a key method', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:METHOD=ROT13'],
    ['a key without URI', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:METHOD=AES-128'],
    ['a short IV', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-KEY:METHOD=AES-128,URI="k",IV=0x00'],
    ['a hint type', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-PRELOAD-HINT:TYPE=KEY,URI="k"'],
    ['a date', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-PROGRAM-DATE-TIME:yesterday'],
    ['a month 13', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-PROGRAM-DATE-TIME:2026-13-01T00:00:00Z'],
    ['a first range without offset', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-BYTERANGE:1'],
    ['a range of two offsets', '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXT-X-BYTERANGE:1@2@3'],
    ['too many parts', `#EXTM3U\n#EXT-X-TARGETDURATION:1\n${'#EXT-X-PART:DURATION=1,URI="p"\n'.repeat(10_001)}`],
    ['17 Mi characters', `#EXTM3U\n${'\n'.repeat(17 * 1024 * 1024)}`],
  ])('refuses %s', (_name, text) => {
    expect(() => parseMediaPlaylist(text)).toThrow(MalformedError);
  });

  it('throws nothing but MalformedError for a damaged playlist', () => {
    const text = renderMediaPlaylist(lowLatency) + renderMediaPlaylist(encrypted);
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.nat(20), fc.string({ maxLength: 4 }), (at, length, inserted) => {
        try {
          parseMediaPlaylist(text.slice(0, at) + inserted + text.slice(at + length));
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
      }),
    );
  });
});

describe('formatSeconds', () => {
  it.each([
    [0, '0.000'],
    [0.1 + 0.2, '0.300'],
    [1 / 3, '0.333333'],
    [2.0000004, '2.000'],
    [4.004, '4.004'],
    [10.0125, '10.0125'],
    [-6, '-6.000'],
    [123_456_789.123456, '123456789.123456'],
  ])('prints %d as %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});

const uris = fc.stringMatching(/^[a-z0-9./_-][a-z0-9./_?=&%~-]{0,12}$/);
const durations = fc.nat(100_000_000).map((microseconds) => microseconds / 1e6);
const byteRanges = fc.record({ lengthBytes: fc.nat(), offsetBytes: fc.maxSafeNat() });
const yes = fc.constant(true as const);
const parts = fc.array(
  optional({ uri: uris, durationSeconds: durations, isIndependent: yes, isGap: yes, byteRange: byteRanges }, [
    'uri',
    'durationSeconds',
  ]),
  { minLength: 1, maxLength: 4 },
);

/** Playlists where all segments have a map and a key, or none has: what is in force is what was given. */
function playlists(): fc.Arbitrary<MediaPlaylist> {
  return fc.tuple(fc.boolean(), fc.boolean()).chain(([hasMap, hasKey]) => {
    const inForce = {
      ...(hasMap && { map: optional({ uri: uris, byteRange: byteRanges }, ['uri']) }),
      ...(hasKey && { key: keys() }),
    };
    const tags = { ...inForce, isDiscontinuity: yes, programDateTimeMs: fc.nat(), parts };
    const always = Object.keys(inForce) as never[];
    const segment = { ...tags, uri: uris, durationSeconds: durations, title: uris, isGap: yes, byteRange: byteRanges };
    return optional(
      {
        version: fc.integer({ min: 1, max: 12 }),
        targetDurationSeconds: fc.nat(),
        mediaSequence: fc.maxSafeNat(),
        discontinuitySequence: fc.maxSafeNat(),
        playlistType: fc.constantFrom('EVENT' as const, 'VOD' as const),
        hasIndependentSegments: yes,
        start: optional({ timeOffsetSeconds: durations.map((seconds) => 0 - seconds || 0), isPrecise: yes }, [
          'timeOffsetSeconds',
        ]),
        serverControl: fc.record({
          canBlockReload: yes,
          partHoldBackSeconds: durations,
          canSkipUntilSeconds: durations,
        }),
        partTargetSeconds: durations,
        skippedSegments: fc.nat(),
        segments: fc.array(optional(segment, [...always, 'uri', 'durationSeconds'])),
        openSegment: optional(tags, [...always, 'parts']) as fc.Arbitrary<OpenSegment>,
        preloadHints: fc.array(
          optional({ type: fc.constantFrom('PART' as const, 'MAP' as const), uri: uris, byteRangeStart: fc.nat() }, [
            'type',
            'uri',
          ]),
          { minLength: 1 },
        ),
        renditionReports: fc.array(
          optional({ uri: uris, lastMsn: fc.maxSafeNat(), lastPart: fc.nat() }, ['uri', 'lastMsn']),
          { minLength: 1 },
        ),
        isEnded: yes,
      },
      ['version', 'targetDurationSeconds', 'mediaSequence', 'segments'],
    ) as fc.Arbitrary<MediaPlaylist>;
  });
}

function keys(): fc.Arbitrary<NonNullable<OpenSegment['key']>> {
  const cipher = optional(
    {
      method: fc.constantFrom('AES-128' as const, 'SAMPLE-AES' as const, 'SAMPLE-AES-CTR' as const),
      uri: uris,
      iv: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      keyFormat: uris,
      keyFormatVersions: uris,
    },
    ['method', 'uri'],
  );
  return fc.oneof(fc.constant({ method: 'NONE' as const }), cipher) as fc.Arbitrary<NonNullable<OpenSegment['key']>>;
}

/** A plain-prototype record where everything but `requiredKeys` may be missing. */
function optional<Model extends object, Key extends keyof Model>(
  model: { [Name in keyof Model]: fc.Arbitrary<Model[Name]> },
  requiredKeys: Key[],
) {
  return fc.record(model, { requiredKeys, noNullPrototype: true });
}
