import { describe, expect, it } from 'vitest';
import { parseMediaPlaylist } from '../../protocol/m3u8/index.ts';
import { firstPieces, holdBackMs, piecesAfter, piecesOf, reloadArguments } from './hls-pieces.ts';

const PLAYLIST = parseMediaPlaylist(`#EXTM3U
#EXT-X-VERSION:9
#EXT-X-TARGETDURATION:2
#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.0,HOLD-BACK=6.0
#EXT-X-PART-INF:PART-TARGET=0.5
#EXT-X-MEDIA-SEQUENCE:7
#EXT-X-MAP:URI="init.mp4"
#EXT-X-PROGRAM-DATE-TIME:2026-01-01T00:00:00.000Z
#EXTINF:2,
7.m4s
#EXT-X-PART:DURATION=0.5,URI="8.0.m4s",INDEPENDENT=YES
#EXT-X-PART:DURATION=0.5,URI="8.1.m4s"
#EXTINF:1,
8.m4s
#EXT-X-PART:DURATION=0.5,URI="9.0.m4s",INDEPENDENT=YES
#EXT-X-PRELOAD-HINT:TYPE=PART,URI="9.1.m4s"
`);
const parts = piecesOf(PLAYLIST, true);
const uris = (pieces: readonly { readonly uri: string }[]) => pieces.map(({ uri }) => uri);

describe('pieces of a playlist', () => {
  it('are parts where it has them, for a player of low latency', () => {
    expect(uris(parts)).toEqual(['7.m4s', '8.0.m4s', '8.1.m4s', '9.0.m4s']);
    expect(uris(piecesOf(PLAYLIST, false))).toEqual(['7.m4s', '8.m4s']);
  });

  it('end when the dates say so', () => {
    const at = Date.UTC(2026, 0, 1);
    expect(parts.map(({ endWallMs = 0 }) => endWallMs - at)).toEqual([2000, 2500, 3000, 3500]);
  });

  it('begin with a picture, as far behind as the playlist wants', () => {
    expect(holdBackMs(PLAYLIST, true)).toBe(1000);
    expect(uris(firstPieces(parts, 1000))).toEqual(['8.0.m4s', '8.1.m4s', '9.0.m4s']);
    expect(uris(firstPieces(parts, 500))).toEqual(['9.0.m4s']);
    expect(uris(firstPieces(parts, 99_000))).toEqual(uris(parts));
  });

  it('go on after the last one', () => {
    expect(uris(piecesAfter(parts, { msn: 8, part: 0 }))).toEqual(['8.1.m4s', '9.0.m4s']);
    expect(uris(piecesAfter(parts, { msn: 8, part: undefined }))).toEqual(['9.0.m4s']);
    expect(uris(piecesAfter(piecesOf(PLAYLIST, false), { msn: 7, part: undefined }))).toEqual(['8.m4s']);
    expect(reloadArguments({ msn: 9, part: 0 })).toBe('_HLS_msn=9&_HLS_part=1');
    expect(reloadArguments({ msn: 7, part: undefined })).toBe('_HLS_msn=8&_HLS_part=0');
  });
});
