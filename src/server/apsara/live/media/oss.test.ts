import { describe, expect, it } from 'vitest';
import type { Ask, ListedStorage } from '../../../../operations/index.ts';
import { OssPlaces } from './oss.ts';

const STORAGES: ListedStorage[] = [
  { name: 'recordings', kind: 'folder' },
  { name: 'east', kind: 's3', endpoint: 'oss-cn-shanghai.aliyuncs.com', bucket: 'shows', prefix: 'live/eu' },
  { name: 'west', kind: 's3', endpoint: 's3.eu-west-1.amazonaws.com', bucket: 'shows' },
];

const read = () => OssPlaces.read((async () => ({ storages: STORAGES })) as unknown as Ask);

describe('OssPlaces', () => {
  it.each([
    ['recordings', 'any', 'recordings'],
    ['west', 'oss-cn-shanghai.aliyuncs.com', 'west'],
    ['shows', 's3.eu-west-1.amazonaws.com', 'west'],
    ['shows', 'https://s3.eu-west-1.amazonaws.com/', 'west'],
    ['shows', 'oss-cn-beijing.aliyuncs.com', 'east'],
  ])('takes %s at %s as the storage %s', async (OssBucket, OssEndpoint, storage) => {
    expect((await read()).storageOf({ OssBucket, OssEndpoint })).toBe(storage);
  });

  it('refuses what none is called, and names those that there are', async () => {
    const places = await read();
    expect(() => places.storageOf({ OssBucket: 'x', OssEndpoint: 'y' })).toThrow('recordings, east, west');
  });

  it('says where an object is, as it can be asked for again', async () => {
    const places = await read();
    expect(places.placeOf('recordings')).toEqual({ OssBucket: 'recordings', OssEndpoint: 'folder' });
    expect(places.placeOf('east')).toEqual({ OssBucket: 'shows', OssEndpoint: 'oss-cn-shanghai.aliyuncs.com' });
    expect(places.objectOf('east', 'a.mp4')).toBe('live/eu/a.mp4');
    expect(places.objectOf('west', 'a.mp4')).toBe('a.mp4');
    for (const { name } of STORAGES) expect(places.storageOf(places.placeOf(name))).toBe(name);
  });
});
