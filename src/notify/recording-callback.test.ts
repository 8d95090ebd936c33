import { describe, expect, it } from 'vitest';
import { apsaraCallback, isApsaraEvent } from './apsara-callback.ts';
import type { Endpoint, StreamEvent } from './event.ts';
import { standardWebhook } from './standard-webhook.ts';

const endpoint: Endpoint = {
  id: 'e',
  url: 'https://learn.aliyundoc.com:8443/cb?x=1',
  form: 'apsara',
  key: 'yourkey',
  setBy: 'administrator',
};
const recording = {
  storage: 'archive',
  endpoint: 'oss-cn-shanghai.aliyuncs.com',
  bucket: 'files',
  object: 'liveApp/liveStream/0_2017-03-08-23:09:46_2017-03-08-23:10:40.flv',
  format: 'flv',
  startMs: 1_488_985_786_999,
  endMs: 1_488_985_840_000,
  durationMs: 69_403.2,
  sizeBytes: 9,
  sha256: 'ab',
  pushArgs: { callback_args1: 'value1', callback_myid: '1231389741' },
};
const event: StreamEvent = {
  id: '3c9a4f0e-7a59-8aaa-a111-000000000001',
  kind: 'record_file',
  sessionId: 's1',
  domain: 'demo.aliyundoc.com',
  ingestDomain: 'push.example.com',
  app: 'liveApp',
  stream: 'liveStream',
  atMs: 1_488_985_850_000,
  data: { recording },
};

describe('the callback of a file', () => {
  it('is exactly what ApsaraVideo documents, signed with the host of its URL', () => {
    expect(isApsaraEvent(event)).toBe(true);
    const { method, url, headers, body } = apsaraCallback(event, endpoint, 1_519_375_990_999);
    expect([method, url]).toEqual(['POST', endpoint.url]);
    expect(body).toBe(
      '{"domain":"demo.aliyundoc.com","app":"liveApp","stream":"liveStream",' +
        '"uri":"liveApp/liveStream/0_2017-03-08-23:09:46_2017-03-08-23:10:40.flv",' +
        '"duration":69.403,"start_time":1488985786,"stop_time":1488985840,' +
        '"push_args":{"callback_args1":"value1","callback_myid":"1231389741"}}',
    );
    expect(headers).toEqual({
      'content-type': 'application/json',
      'ALI-LIVE-TIMESTAMP': '1519375990',
      'ALI-LIVE-SIGNATURE': '9e226fc2c250be266e3657e156f68c12',
    });
  });

  it('says more in the JSON form, with times as dates', () => {
    const { startMs: _, endMs: __, ...rest } = recording;
    const { type, data } = JSON.parse(standardWebhook(event, { ...endpoint, form: 'json' }, 0).body ?? '');
    expect([type, data.stream]).toEqual(['record_file', 'liveStream']);
    expect(data.recording).toEqual({
      ...rest,
      startedAt: '2017-03-08T15:09:46.999Z',
      endedAt: '2017-03-08T15:10:40.000Z',
    });
  });
});

describe('the callback of a status', () => {
  it.each(['record_started', 'record_paused', 'record_resumed'] as const)('%s', (kind) => {
    const said = { ...event, kind, data: {} };
    expect(isApsaraEvent(said)).toBe(true);
    const { method, headers, body } = apsaraCallback(said, { ...endpoint, url: 'http://127.0.0.1:9/', key: 'k' }, 0);
    expect(method).toBe('POST');
    expect(body).toBe(`{"domain":"demo.aliyundoc.com","app":"liveApp","stream":"liveStream","event":"${kind}"}`);
    // printf '127.0.0.1|0|k' | md5sum
    expect(headers['ALI-LIVE-SIGNATURE']).toBe('d1ef5d86635d1bdbda520ba105762dc1');
    expect(JSON.parse(standardWebhook(said, endpoint, 0).body ?? '')).toMatchObject({
      type: kind,
      data: { app: 'liveApp' },
    });
  });
});
