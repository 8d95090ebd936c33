import { describe, expect, it } from 'vitest';
import { MEDIA_EVENTS } from '../rules/index.ts';
import { callbackRequest, shownRequest } from './callback-request.ts';
import { foreignTo, isSuccess } from './endpoint-form.ts';
import type { Endpoint, EventKind, StreamEvent } from './event.ts';
import type { MediaNote } from './media-note.ts';
import { VOD_EVENT_TYPES, vodSignature } from './vod-callback.ts';

const endpoint: Endpoint = {
  ...{ id: 'vod', url: 'https://www.example.com/your/callback', form: 'vod', setBy: 'administrator' },
  assetsUrl: 'http://play.test/vod',
};
const asset = { id: 'a1', kind: 'video', title: 'A film' } as const;

function eventOf(kind: EventKind, media: MediaNote | undefined): StreamEvent {
  const names = { domain: '', ingestDomain: '', app: '', stream: '' };
  const id = '3c9a4f0e-7a59-8aaa-a111-000000000001';
  return {
    id,
    kind,
    sessionId: 'a1',
    ...names,
    atMs: Date.UTC(2017, 2, 20, 7, 49, 17, 900),
    data: media ? { media } : {},
  };
}

const bodyOf = (kind: EventKind, media: MediaNote) =>
  JSON.parse(callbackRequest(eventOf(kind, { asset, ...media }), endpoint, 0).body ?? '') as Record<string, unknown>;

describe('vodCallback', () => {
  it('signs the whole URL with the time of sending and the key, as documented', () => {
    expect(vodSignature('https://www.example.com/your/callback', 'test123', 1_519_375_990_999)).toEqual({
      'X-VOD-TIMESTAMP': '1519375990',
      'X-VOD-SIGNATURE': 'c72b60894140fa98920f1279219b7ed4',
    });
    expect(vodSignature('https://www.example.com/your/callback', undefined, 0)).toEqual({});
    const shown = shownRequest(eventOf('asset_deleted', { asset }), { ...endpoint, key: 'test123' }, 0);
    expect(shown.headers['X-VOD-SIGNATURE']).toBe('***');
  });

  it('says what every event has', () => {
    expect(callbackRequest(eventOf('asset_uploaded', { asset }), endpoint, 0)).toMatchObject({
      ...{ method: 'POST', url: endpoint.url, headers: { 'content-type': 'application/json' } },
    });
    const file = { storage: 's', object: 'vod/a1/o.mp4', path: 'f/o.mp4', format: 'mp4', sizeBytes: 7 };
    expect(bodyOf('asset_uploaded', { asset: { ...asset, userData: '{"Extend":"test data"}' }, file })).toEqual({
      ...{ EventTime: '2017-03-20T07:49:17Z', EventType: 'FileUploadComplete', VideoId: 'a1', Status: 'success' },
      ...{ Extend: 'test data', Size: 7, FileUrl: 's/vod/a1/o.mp4' },
    });
    expect(bodyOf('image_uploaded', { file })).toMatchObject({ ImageId: 'a1', FileURL: 's/vod/a1/o.mp4', Size: 7 });
    expect(bodyOf('attachment_uploaded', { file })).toMatchObject({ AttachedMediaId: 'a1', Size: 7 });
  });

  it('says how a review ended', () => {
    const review = { verdict: 'Blocked', by: 'ann', note: 'no rights' } as const;
    expect(bodyOf('asset_reviewed', { review })).toMatchObject({
      ...{ EventType: 'CreateAuditComplete', VideoId: 'a1', Status: 'success' },
      ...{ AuditStatus: 'Blocked', Auditor: 'ann', Comment: 'no rights' },
    });
  });

  it.each(['{"Extend":{"a":1}}', '{"Other":1}', 'no JSON', 'null', '7'])(
    'echoes no more than Extend of %s',
    (userData) => {
      const { Extend } = bodyOf('asset_deleted', { asset: { ...asset, userData } });
      expect(Extend).toBe(userData.includes('Extend') ? '{"a":1}' : undefined);
    },
  );

  it('says what failed, and of a stream what GetPlayInfo says', () => {
    const failure = { code: 'URL_FAILED', message: 'it did not answer' };
    const fetch = { upload: '1234-5678', url: 'http://from.test/f.mp4' };
    expect(bodyOf('asset_fetched', { failure, fetch })).toMatchObject({
      ...{ Status: 'fail', ErrorCode: 'URL_FAILED', ErrorMessage: 'it did not answer' },
      ...{ JobId: '12345678', SourceURL: 'http://from.test/f.mp4' },
    });
    const place = { storage: 's', object: 'vod/a1/ld.m3u8', path: 'f/ld.m3u8', format: 'm3u8', sizeBytes: 9 };
    const facts = { durationSeconds: 15.5, width: 640, height: 360, fps: 29.97, bitsPerSecond: 924_600 };
    const rendition = { definition: 'LD', ...place, ...facts, job: 'j-1', encryption: 'AES-128' };
    const stream = {
      ...{ Definition: 'LD', Format: 'm3u8', Encrypt: true, Size: 9, Duration: 15.5, Width: 640, Height: 360 },
      ...{ Fps: '29.97', Bitrate: '925', FileUrl: 'http://play.test/vod/a1/f/ld.m3u8', JobId: 'j1' },
    };
    expect(bodyOf('asset_rendition', { rendition })).toMatchObject(stream);
    expect(bodyOf('asset_transcoded', { renditions: [rendition] })).toMatchObject({
      StreamInfos: [{ Status: 'success', ...stream }],
    });
  });

  it('numbers pictures, and puts JSON into the JSON of a change', () => {
    const picture = {
      role: 'snapshot',
      count: 5,
      storage: 's',
      object: 'vod/a1/{Count}.jpg',
      path: 'f/{Count}.jpg',
    } as const;
    expect(bodyOf('asset_pictures', { pictures: [picture], madeBy: 'j-1' })).toMatchObject({
      SnapshotInfos: [
        {
          ...{ SnapshotType: 'NormalSnapshot', SnapshotCount: 5, JobId: 'j1', Status: 'success' },
          SnapshotFormat: 'vod/a1/{SnapshotCount}.jpg',
          SnapshotRegular: 'http://play.test/vod/a1/f/{SnapshotCount}.jpg',
        },
      ],
    });
    const moving = { storage: 's', object: 'o.gif', path: 'f/o.gif', format: 'gif', sizeBytes: 3, width: 320 };
    expect(bodyOf('asset_animation', { animation: moving, madeBy: 'j-1' })).toMatchObject({
      ...{ EventType: 'DynamicImageComplete', JobId: 'j1', DynamicImageUrl: 'http://play.test/vod/a1/f/o.gif' },
      ...{ Format: 'gif', Size: 3, Width: 320 },
    });
    expect(bodyOf('asset_pictures', { isAsked: true, pictures: [], madeBy: 'j-1' }).SubType).toBe('SpecifiedTime');
    const fields = { title: { from: 'A', to: 'B' }, tags: { to: ['x', 'y'] }, category: { from: 1 } };
    expect(bodyOf('asset_changed', { changes: { how: 'trash', fields } })).toMatchObject({
      ...{ MediaId: 'a1', MediaType: 'video', OperateMode: 'delete' },
      MediaContent: { Title: '{"OldValue":"A","NewValue":"B"}', Tags: '{"NewValue":"x,y"}', CateId: '{"OldValue":1}' },
    });
    const live = {
      domain: 'd',
      app: 'live',
      stream: 's',
      startedAt: '2017-03-20T07:00:00.5Z',
      endedAt: '2017-03-20T07:10:00Z',
    };
    expect(bodyOf('asset_recorded', { live })).toMatchObject({
      ...{ StreamName: 's', DomainName: 'd', AppName: 'live', RecordStartTime: '2017-03-20T07:00:00Z' },
      RecordEndTime: '2017-03-20T07:10:00Z',
    });
  });

  it('has no other events, and is taken by 200 alone', () => {
    for (const kind of MEDIA_EVENTS) {
      const isThere = foreignTo(endpoint, eventOf(kind, { asset })) === undefined;
      expect(isThere).toBe(VOD_EVENT_TYPES[kind] !== undefined);
    }
    expect(foreignTo(endpoint, eventOf('publish', undefined))).toContain('no such event');
    expect(isSuccess(endpoint, { status: 200 })).toBe(true);
    expect(isSuccess(endpoint, { status: 204 })).toBe(false);
  });
});
