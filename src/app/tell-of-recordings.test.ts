import { describe, expect, it } from 'vitest';
import type { Config } from '../config/index.ts';
import type { StreamNews } from './event-flow.ts';
import { tellOfRecordings } from './tell-of-recordings.ts';

const id = { domain: 'default', app: 'live', name: 'demo' };
const config = {
  storages: [
    { name: 'recordings', kind: 'folder', path: 'x' },
    { name: 'cold', kind: 's3', endpoint: 'https://oss.example.com:443', bucket: 'b', prefix: 'p', region: 'r' },
  ],
} as unknown as Config;
const file = {
  ...{ id: '1', storage: 'recordings', object: 'live/demo/0.mp4', format: 'mp4' as const, contentType: 'video/mp4' },
  ...{ startMs: 1000, endMs: 3000, durationMs: 2000, firstSegment: 7, lastSegment: 8, sizeBytes: 9, sha256: 'ab' },
  ...{ sessionId: 's1', pushArgs: { callback_a: '1' }, atMs: 5000 },
} as const;

function listening() {
  const told: StreamNews[] = [];
  return { told, news: tellOfRecordings(config, { tell: async (news) => void told.push(news) }) };
}

describe('what callbacks hear of recordings', () => {
  it('is where a file is, once however often it is stored', async () => {
    const { told, news } = listening();
    for (const each of [file, file, { ...file, format: 'flv' as const }, { ...file, firstSegment: 8 }]) {
      await news.stored(id, each);
    }
    expect(new Set(told.map((each) => each.id)).size).toBe(3);
    const { storage, object, format, startMs, endMs, durationMs, pushArgs, sizeBytes, sha256 } = file;
    const shown = { storage, object, format, startMs, endMs, durationMs, pushArgs, sizeBytes, sha256 };
    expect(told[0]).toEqual({
      ...id,
      ...{ id: told[1]?.id, kind: 'record_file', sessionId: 's1', atMs: 5000 },
      data: { recording: { ...shown, endpoint: '', bucket: '' } },
    });
  });

  it('is where a bucket is', async () => {
    const { told, news } = listening();
    await news.stored(id, { ...file, storage: 'cold' });
    const place = { endpoint: 'oss.example.com', bucket: 'b', object: 'p/live/demo/0.mp4' };
    expect(told[0]?.data.recording).toMatchObject(place);
  });

  it('is each status once, and never the same of two', async () => {
    const { told, news } = listening();
    const status = { kind: 'statusChanged', status: 'record_paused', sessionId: 's1', number: 2, atMs: 5 } as const;
    for (const each of [status, status, { ...status, number: 4 }, { ...status, sessionId: 's2' }]) {
      await news.status(id, each);
    }
    await news.status({ ...id, name: 'demo_lsd' }, status);
    expect(told[0]).toEqual({ ...id, id: told[1]?.id, kind: 'record_paused', sessionId: 's1', atMs: 5, data: {} });
    expect(new Set(told.map((each) => each.id)).size).toBe(4);
  });
});
