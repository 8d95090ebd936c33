import { get } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { webhookSignature } from '../../src/notify/index.ts';
import type { RulesInput } from '../../src/rules/index.ts';
import { alarmsTold, typesOf, untilTold } from '../support/alarms.ts';
import { CallbackReceiver } from '../support/callback-receiver.ts';
import { FlvViewer } from '../support/flv-viewer.ts';
import { type Child, type Headwater, publishTestPicture, start, startHeadwater, until } from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';

const KEY = 'the-key-of-the-alarm-channel';
const SHOW = 'default/live/show';
const cleanups: (() => unknown)[] = [];
const afterAlls: (() => unknown)[] = [];
let server: Headwater;
let alarms: CallbackReceiver;
/** The operator's own application, which the tests break. */
let backend: CallbackReceiver;

const quick = (name: string, threshold?: number) => ({
  ...{ name, holdSeconds: 1, clearSeconds: 1 },
  ...(threshold !== undefined && { threshold }),
});

function rules(): RulesInput {
  const policies = [
    ...[quick('STREAM_OFFLINE'), quick('BITRATE_LOW'), quick('FPS_LOW'), quick('CONTENT_WRONG')],
    ...[quick('LIMIT_NEAR', 80), quick('CALLBACK_FAILING', 2), quick('FORBIDDEN_SPIKE', 20)],
  ];
  return {
    domains: [
      OPEN_DOMAIN,
      { ...OPEN_DOMAIN, name: 'limited.test', limits: { viewers: 5 } },
      ...['locked.test', 'other.test'].map((name) => ({
        ...{ name, push: { auth: { type: 'no_auth' as const } } },
        play: { auth: { type: 'type_a' as const, key1: 'a'.repeat(16) } },
      })),
    ],
    streams: [
      {
        match: { domain: 'default', app: 'live', stream: 'show' },
        alarms: { expected: 'always', offlineSeconds: 2, minKbps: 100 },
      },
      { match: { app: 'thin' }, alarms: { minKbps: 5000 } },
      { match: { app: 'slow' }, alarms: { minFps: 25 } },
      { match: { app: 'mute' }, health: { silentSeconds: 3 } },
    ],
    callbacks: [{ id: 'backend', url: backend.url('events'), events: ['publish', 'publish_done'] }],
    alarmPolicies: policies as NonNullable<RulesInput['alarmPolicies']>,
    alarmChannels: [
      { id: 'hook', kind: 'webhook', url: alarms.url('alarms'), key: KEY, severities: ['page', 'ticket', 'info'] },
    ],
  };
}

beforeAll(async () => {
  alarms = await CallbackReceiver.start();
  backend = await CallbackReceiver.start();
  afterAlls.push(
    () => alarms.down(),
    () => backend.down(),
  );
  server = await startHeadwater({ rules: rules(), env: { DATABASE_URL: '' } });
  afterAlls.push(() => server.stop());
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});
afterAll(async () => {
  for (const cleanup of afterAlls.splice(0).reverse()) await cleanup();
});

async function publish(path: string, picture: Parameters<typeof publishTestPicture>[2] = {}): Promise<Child> {
  const child = await publishTestPicture(server, path, { bFrames: 0, ...picture });
  cleanups.push(() => child.stop('SIGKILL'));
  return child;
}

/** Waits for both, and sees that nothing else was told of it. */
async function expectOnce(code: string, name: string): Promise<void> {
  const told = await untilTold(alarms, 'alarm_cleared', code, name);
  expect([code, name, ...typesOf(told)]).toEqual([code, name, 'raised', 'cleared']);
}

describe('alarms of streams', () => {
  it('wake with exactly one when the encoder of an expected stream dies, and say when it is back', async () => {
    await untilTold(alarms, 'alarm_raised', 'STREAM_OFFLINE', SHOW);
    const encoder = await publish('live/show');
    await expectOnce('STREAM_OFFLINE', SHOW);
    alarms.received.length = 0;
    await encoder.stop('SIGKILL');
    await untilTold(alarms, 'alarm_raised', 'STREAM_OFFLINE', SHOW);
    await publish('live/show');
    await expectOnce('STREAM_OFFLINE', SHOW);
    const all = alarms.told('alarms');
    const ofShow = alarmsTold(alarms).filter(({ data }) => data.subject.name === SHOW);
    expect(ofShow.map(({ data }) => data.code)).toEqual(['STREAM_OFFLINE', 'STREAM_OFFLINE']);
    for (const { headers, body } of all) {
      const [id = '', timestamp = ''] = [headers['webhook-id'], headers['webhook-timestamp']];
      expect(headers['webhook-signature']).toBe(webhookSignature({ id, timestamp, body }, KEY));
    }
    const { events } = await server.api<{ events: { kind: string; stream: string }[] }>('/events?after=0');
    const kinds = events
      .filter(({ kind, stream }) => kind.startsWith('alarm_') && stream === 'show')
      .map(({ kind, stream }) => `${kind} ${stream}`);
    expect(kinds).toEqual(['alarm_raised show', 'alarm_cleared show', 'alarm_raised show', 'alarm_cleared show']);
  });

  it('tell of too few bits and too few frames', async () => {
    const thin = await publish('thin/one');
    const slow = await publish('slow/one', { fps: 10 });
    await untilTold(alarms, 'alarm_raised', 'BITRATE_LOW', 'default/thin/one');
    await untilTold(alarms, 'alarm_raised', 'FPS_LOW', 'default/slow/one');
    await Promise.all([thin.stop('SIGKILL'), slow.stop('SIGKILL')]);
    await expectOnce('BITRATE_LOW', 'default/thin/one');
    await expectOnce('FPS_LOW', 'default/slow/one');
    expect(alarmsTold(alarms, 'BITRATE_LOW', 'default/slow/one')).toEqual([]);
  });

  it('tell of silence', async () => {
    const args = ['-v', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-f', 'lavfi'];
    const silence = ['-i', 'anullsrc=sample_rate=48000', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '50'];
    const mute = start('ffmpeg', [
      ...args,
      ...silence,
      '-c:a',
      'aac',
      '-t',
      '120',
      '-f',
      'flv',
      `${server.rtmp}/mute/one`,
    ]);
    cleanups.push(() => mute.stop('SIGKILL'));
    await untilTold(alarms, 'alarm_raised', 'CONTENT_WRONG', 'default/mute/one');
    await mute.stop('SIGKILL');
    await expectOnce('CONTENT_WRONG', 'default/mute/one');
  });
});

describe('alarms of viewers', () => {
  it('tell of a limit that is nearly reached', async () => {
    const encoder = start('ffmpeg', [
      ...['-v', 'error', '-re', '-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=25', '-c:v', 'libx264', '-g', '50'],
      ...['-preset', 'ultrafast', '-t', '120', '-f', 'flv', `${server.rtmp}/live/busy?vhost=limited.test`],
    ]);
    cleanups.push(() => encoder.stop('SIGKILL'));
    const busy = `${server.playback}/live/busy.flv`;
    const headers = { host: 'limited.test' };
    await until('it can be watched', async () => {
      const viewer = await FlvViewer.open(busy, headers).catch(() => undefined);
      viewer?.response.destroy();
      return viewer !== undefined;
    });
    const viewers = await Promise.all(Array.from({ length: 4 }, () => FlvViewer.open(busy, headers)));
    const name = 'limited.test viewers';
    await untilTold(alarms, 'alarm_raised', 'LIMIT_NEAR', name);
    for (const { response } of viewers) response.destroy();
    await expectOnce('LIMIT_NEAR', name);
  });

  it('tell of many that are refused', async () => {
    const ask = (count: number, host: string, path: string) =>
      Promise.all(Array.from({ length: count }, () => statusOf(path, host)));
    const seen = [
      ...(await ask(15, 'other.test', '/live/show.m3u8')),
      ...(await ask(10, 'locked.test', '/live/show.m3u8')),
      ...(await ask(15, 'locked.test', '/live/show.flv')),
    ];
    expect(new Set(seen)).toEqual(new Set([403]));
    const [told] = await untilTold(alarms, 'alarm_raised', 'FORBIDDEN_SPIKE');
    expect(told?.data.subject).toMatchObject({ kind: 'domain', name: 'locked.test', domain: 'locked.test' });
    await expectOnce('FORBIDDEN_SPIKE', 'locked.test');
    // Together they were more than one of them may have.
    expect(alarmsTold(alarms, 'FORBIDDEN_SPIKE')).toHaveLength(2);
  });
});

describe('alarms of the backend', () => {
  it('tell of a callback endpoint that answers 500, until it takes them again', async () => {
    backend.answer = ({ path }) => (path === '/events' ? 500 : 200);
    await publish('live/show');
    await untilTold(alarms, 'alarm_raised', 'CALLBACK_FAILING', 'backend');
    backend.answer = () => 200;
    await expectOnce('CALLBACK_FAILING', 'backend');
  });
});

/** With a host of our own choice, which fetch does not let us have. */
async function statusOf(path: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get(`${server.playback}${path}`, { headers: { host }, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}
