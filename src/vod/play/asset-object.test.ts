import { describe, expect, it } from 'vitest';
import type { AssetFile } from '../index.ts';
import { objectOf, pathOfFile } from './asset-object.ts';

const asset = '0123456789abcdef0123456789abcdef';
const file = (id: string, object: string, more: Partial<AssetFile> = {}): AssetFile => ({
  ...{ id, asset, role: 'rendition', storage: 's', object, sizeBytes: 1, createdAtMs: 0 },
  ...{ format: object.slice(object.lastIndexOf('.') + 1), ...more },
});
const files = [
  file('m', 'x/all.m3u8', { definition: 'AUTO' }),
  file('l', 'x/720p.m3u8'),
  file('v', 'x/a b#.mp4'),
  file('o', 'y/own.mp4', { storage: 't' }),
  file('h', `vod/${asset}/h/index.m3u8`),
];
const found = (path: string) => objectOf(files, path)?.object;

describe('objectOf', () => {
  it('finds files, and what belongs to playlists', () => {
    expect(found('m/all.m3u8')).toBe('x/all.m3u8');
    expect(found('m/720p.m3u8')).toBe('x/720p.m3u8');
    expect(found('m/720p/1.ts')).toBe('x/720p/1.ts');
    expect(found('m/all/deep/1.ts')).toBe('x/all/deep/1.ts');
    expect(objectOf(files, 'm/720p/1.ts')).toMatchObject({ file: { id: 'l' }, isFile: false });
    expect(decodeURIComponent(pathOfFile(files[2] as AssetFile))).toBe('v/a b#.mp4');
    expect(found('v/a b#.mp4')).toBe('x/a b#.mp4');
  });

  it('finds segments beside a playlist in the folder that is the asset’s alone', () => {
    expect(found('h/1.ts')).toBe(`vod/${asset}/h/1.ts`);
    expect(found('m/1.ts')).toBeUndefined();
  });

  it.each([
    'm/../y/own.mp4',
    'm/720p/../../z.mp4',
    'm//all.m3u8',
    'm/',
    'm',
    'none/x.mp4',
    'm/own.mp4',
    'm/720px/1.ts',
    'm/a\0.ts',
    'm/all/\\..\\z',
  ])('finds nothing for %j', (path) => expect(found(path)).toBeUndefined());
});
