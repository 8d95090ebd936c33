import { expect, it } from 'vitest';
import { publishAll, testPackets, testStream, testVideoTrack } from '../../live/test-packets.ts';
import { HlsPackager } from '../../packager/index.ts';
import { findHls } from './hls-ready.ts';
import { PlaylistText } from './playlist-text.ts';

it('gives no playlist without a whole segment, whatever part of whatever number is asked for', () => {
  const { stream } = testStream();
  const tracks = { video: testVideoTrack() };
  const rest = { windowSegments: 6, segmentMs: 2000, partMs: 300, lowLatency: true, maxBytes: 1e9 };
  const packager = new HlsPackager({ stream, ...rest });
  const find = (query: string) => findHls(packager, { file: 'live.m3u8', query, takesGzip: false }, new PlaylistText());
  const waits = { kind: 'coming', coming: { otherwise: expect.objectContaining({ code: 'STALLED' }) } };
  // A number of before, where the stream was published elsewhere.
  expect(find('_HLS_msn=90&_HLS_part=1')).toEqual(waits);
  publishAll(stream, tracks, testPackets({ tracks, toMs: 1500 }));
  expect(packager.window.has(100, 0)).toBe(true);
  expect(find('_HLS_msn=100&_HLS_part=0')).toEqual(waits);
  publishAll(stream, tracks, testPackets({ tracks, fromMs: 1500, toMs: 3000 }));
  expect(find('_HLS_msn=101&_HLS_part=0')).toMatchObject({ kind: 'playlist' });
  expect(find('_HLS_msn=104')).toMatchObject({ kind: 'problem', problem: { code: 'TOO_FAR_AHEAD' } });
});
