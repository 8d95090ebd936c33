import { describe, expect, it } from 'vitest';
import { apsaraCallback, isApsaraEvent } from './apsara-callback.ts';
import type { Endpoint, StreamEvent } from './event.ts';
import { nextTry } from './schedule.ts';
import { standardWebhook } from './standard-webhook.ts';

const endpoint: Endpoint = {
  id: 'e',
  url: 'https://learn.aliyundoc.com:8443/cb?x=1',
  form: 'apsara',
  key: 'yourkey',
  setBy: 'administrator',
};
const snapshot = {
  storage: 'archive',
  endpoint: 'oss-cn-shanghai.aliyuncs.com',
  bucket: 'pictures',
  object: 'snapshot/live/world.jpg',
  takenAtMs: 1_609_220_385_900,
  overwrites: true,
  sizeBytes: 9,
  sha256: 'ab',
};
const event: StreamEvent = {
  id: '3c9a4f0e-7a59-8aaa-a111-000000000001',
  kind: 'snapshot',
  sessionId: 's1',
  domain: 'play.example.com',
  ingestDomain: 'push.example.com',
  app: 'live',
  stream: 'world',
  atMs: 1_609_220_385_900,
  data: { snapshot },
};

describe('the callback of a snapshot', () => {
  it("is a POST with the fields of ApsaraVideo's query, signed with the host of its URL", () => {
    expect(isApsaraEvent(event)).toBe(true);
    const { method, url, headers, body } = apsaraCallback(event, endpoint, 1_519_375_990_999);
    expect([method, url]).toEqual(['POST', endpoint.url]);
    expect(JSON.parse(body ?? '')).toEqual({
      DomainName: 'play.example.com',
      AppName: 'live',
      StreamName: 'world',
      OssEndpoint: 'oss-cn-shanghai.aliyuncs.com',
      OssBucket: 'pictures',
      OssObject: 'snapshot/live/world.jpg',
      CreateTime: '2020-12-29T05:39:45Z',
      CreateTimestamp: 1_609_220_385_900,
      IsOverlay: true,
    });
    expect(headers).toEqual({
      'content-type': 'application/json',
      'ALI-LIVE-TIMESTAMP': '1519375990',
      'ALI-LIVE-SIGNATURE': '9e226fc2c250be266e3657e156f68c12',
    });
  });

  it('names the storage where it is a folder', () => {
    const stored = { ...snapshot, endpoint: '', bucket: '' };
    const { body } = apsaraCallback({ ...event, data: { snapshot: stored } }, endpoint, 0);
    expect(JSON.parse(body ?? '')).toMatchObject({ OssEndpoint: '', OssBucket: 'archive' });
  });

  it('has times as dates in the JSON form', () => {
    const { body } = standardWebhook(event, { ...endpoint, form: 'json' }, 0);
    const { takenAtMs: _, ...rest } = snapshot;
    expect(JSON.parse(body ?? '')).toMatchObject({
      type: 'snapshot',
      data: { sessionId: 's1', stream: 'world', snapshot: { ...rest, takenAt: '2020-12-29T05:39:45.900Z' } },
    });
  });
});

describe('the event of a moderation hook', () => {
  it('says what, why and until when', () => {
    const note = { action: 'ban', reason: 'nudity', takenAtMs: 0, untilMs: 60_000 } as const;
    const said = { ...event, kind: 'moderation', data: { moderation: note } } as const;
    expect(isApsaraEvent(said)).toBe(false);
    expect(JSON.parse(standardWebhook(said, endpoint, 0).body ?? '').data.moderation).toEqual({
      action: 'ban',
      reason: 'nudity',
      takenAt: '1970-01-01T00:00:00.000Z',
      until: '1970-01-01T00:01:00.000Z',
    });
  });
});

describe('nextTry of a snapshot', () => {
  const at = (attempt: number) => ({ attempt, firstAttemptAtMs: 0, event: { kind: 'snapshot', atMs: 0 } });

  it.each([
    [1, 1000],
    [5, 1000],
    [6, 2000],
    [9, 16_000],
    [11, 60_000],
    [40, 60_000],
  ])('try %s is followed by one %s ms later', (attempt, delayMs) => {
    expect(nextTry(at(attempt), 500)).toBe(500 + delayMs);
  });

  it('is dead an hour after the picture, whenever it was tried first', () => {
    expect(nextTry(at(40), 3_540_000)).toBe(3_600_000);
    expect(nextTry(at(40), 3_540_001)).toBe('dead');
    expect(nextTry({ ...at(1), firstAttemptAtMs: 3_600_000 }, 3_600_000)).toBe('dead');
  });

  it('is dead after the quick retries where the receiver refuses it', () => {
    expect(nextTry(at(5), 0, 400)).toBe(1000);
    expect(nextTry(at(6), 0, 400)).toBe('dead');
    for (const status of [408, 429, 500, 503]) expect(nextTry(at(6), 0, status)).toBe(2000);
  });
});
