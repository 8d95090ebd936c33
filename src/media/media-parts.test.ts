import { describe, expect, it } from 'vitest';
import { renamedDash, renamedHls } from './list-names.ts';
import { momentsOf } from './moments.ts';
import { fillKey, versionOf } from './object-key.ts';
import { isPlaylist, playlistEntries } from './playlist-entries.ts';

const facts = {
  ...{ input: { storage: 'disk', object: 'in/films/A b.mov' }, seed: 'job 1', atMs: Date.UTC(2026, 0, 2, 23, 59) },
  ...{ sha256: 'ab'.repeat(32), md5: 'cd'.repeat(16), bitsPerSecond: 1_234_567, version: 3 },
};

describe('fillKey', () => {
  it.each([
    ['out/{date}/{hash}.mp4', `out/20260102/${'ab'.repeat(16)}.mp4`],
    ['{ObjectPrefix}{FileName}-{version}.{ExtName}', 'in/films/A b-3.mov'],
    ['x/{DestMd5}_{DestAvgBitrate}.mp4', `x/${'cd'.repeat(16)}_1235.mp4`],
    ['x/{Unknown}.mp4', 'x/{Unknown}.mp4'],
  ])('%s is %s', (template, name) => {
    expect(fillKey(template, facts)).toBe(name);
  });

  it('gives the same {uuid} to another try, and another one to another task', () => {
    const first = fillKey('{uuid}', facts);
    expect(first).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect([fillKey('{uuid}', facts), fillKey('{uuid}', { ...facts, seed: 'job 2' }) === first]).toEqual([
      first,
      false,
    ]);
  });

  it('gives no name that leaves its storage', () => {
    const input = { file: '/srv/..' };
    expect(() => fillKey('a/{FileName}/b', { ...facts, input })).toThrow(/segment/);
  });

  it('has versions before the extension', () => {
    expect([versionOf('a/b.mp4', 1), versionOf('a/b.mp4', 2), versionOf('a/b', 3)]).toEqual([
      'a/b.mp4',
      'a/b-2.mp4',
      'a/b-3',
    ]);
  });
});

describe('playlistEntries', () => {
  it('lists what a playlist leads to', () => {
    const text =
      '#EXTM3U\r\n#EXT-X-MAP:URI="init.mp4"\n#EXT-X-KEY:METHOD=AES-128,URI="keys/a.key",IV=0x1\n#EXTINF:2,\nsub/a b.ts\n\n';
    expect(playlistEntries(text)).toEqual(['init.mp4', 'keys/a.key', 'sub/a b.ts']);
    expect([isPlaylist(text), isPlaylist('\uFEFF#EXTM3U'), isPlaylist('RIFF')]).toEqual([true, true, false]);
  });

  it.each([
    '/a.ts',
    '..',
    'a/../../b.ts',
    '%2e%2e/b.ts',
    'http://a/b.ts',
    'FILE:/a',
    'data:x',
    'concat:a|b',
    'a|b',
    'a\\b',
    'C:x',
  ])('refuses %s', (entry) => {
    expect(() => playlistEntries(`#EXTM3U\n${entry}\n`)).toThrow(/playlist/);
    expect(() => playlistEntries(`#EXTM3U\n#EXT-X-MEDIA:TYPE=AUDIO,URI="${entry}"\n`)).toThrow(/playlist/);
  });
});

describe('momentsOf', () => {
  it.each([
    [{ times: [0, 5, 11] }, [0, 5]],
    [{ intervalSeconds: 4 }, [0, 4, 8]],
    [{ intervalSeconds: 5 }, [0, 5]],
    [{ startSeconds: 2, intervalSeconds: 4, count: 2 }, [2, 6]],
    [{ count: 4 }, [0, 2.5, 5, 7.5]],
    [{ count: 2, intervalSeconds: 0 }, [0, 5]],
    [{}, [0]],
  ])('of 10 s %j are %j', (moments, times) => {
    expect(momentsOf(moments, 10)).toEqual(times);
  });

  it('refuses none, and too many', () => {
    expect(() => momentsOf({ startSeconds: 10 }, 10)).toThrow(/no picture/);
    expect(() => momentsOf({ intervalSeconds: 0.0001 }, 10)).toThrow(/the most/);
  });
});

describe('lists whose files get other names', () => {
  it('lead to them', () => {
    const nameOf = (name: string) => `50% a/${name}`;
    const hls =
      '#EXTM3U\n#EXT-X-MAP:URI="init.mp4"\n#EXT-X-KEY:METHOD=AES-128,URI="https://k/1"\n#EXTINF:1,\nout-1.ts\n';
    expect(renamedHls(hls, nameOf)).toBe(
      hls.replace('init.mp4', '50%25%20a/init.mp4').replace('out-1.ts', '50%25%20a/out-1.ts'),
    );
    const dash = '<S initialization="init-$RepresentationID$.m4s" media="$Number%05d$.m4s"/>';
    expect(renamedDash(dash, (name) => `a/${name}`)).toBe(
      '<S initialization="a/init-$RepresentationID$.m4s" media="a/$Number%05d$.m4s"/>',
    );
  });
});
