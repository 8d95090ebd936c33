import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { RulesInput } from '../../src/rules/index.ts';
import { CallbackReceiver, eventsOf } from '../support/callback-receiver.ts';
import { type MadeFlv, makeFlv } from '../support/flv-file.ts';
import { type Headwater, startHeadwater, tempDir, until } from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';
import { playForEver, RtmpPublisher } from '../support/rtmp-publisher.ts';
import { type Swift, startSwift } from '../support/swift.ts';

const KEY = 'callback-key-0123456789';

let flv: MadeFlv;
let receiver: CallbackReceiver;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  flv = await makeFlv({ seconds: 4, gop: 30, size: '320x180' });
});
afterAll(() => flv?.remove());
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

type Bucket = Pick<Swift, 'bucket'>;

/** A server whose receiver hears of snapshots in both forms, and of publishes too. */
async function open({ swift, dataDir }: { swift?: Bucket; dataDir?: string } = {}) {
  const home = await tempDir('snapshot-callbacks');
  const recordingsDir = join(home.path, 'recordings');
  const config = join(home.path, 'mine.yml');
  const storages = swift ? [storageOf(swift)] : [];
  await writeFile(config, stringify({ recordingsDir, storages }));
  const rules: RulesInput = {
    domains: [OPEN_DOMAIN],
    streams: [
      {
        match: {},
        snapshot: {
          ...{ enabled: true, everySeconds: 5, storage: swift ? 'swift' : 'recordings' },
          sequence: 'all/{AppName}/{StreamName}/{UnixTimestamp}-{Sequence}.jpg',
        },
      },
    ],
    callbacks: [
      { id: 'apsara', url: receiver.url('apsara'), form: 'apsara', key: KEY, events: ['snapshot'] },
      { id: 'json', url: receiver.url('json'), events: ['publish', 'publish_done', 'snapshot'] },
      { id: 'usual', url: receiver.url('usual') },
    ],
  };
  const env = { HEADWATER_CONFIG: config, DATABASE_URL: '' };
  const server = await startHeadwater({ rules, env, dataDir: dataDir ?? join(home.path, 'data') });
  cleanups.push(home.remove, () => server.stop());
  return { server, recordingsDir };
}

function storageOf({ bucket }: Bucket) {
  const { pathStyle: _, credentials, ...rest } = bucket;
  return { ...rest, ...credentials, name: 'swift', kind: 's3', pathStyle: 'on' };
}

async function publish(server: Headwater, name: string) {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}` });
  const playing = playForEver(publisher, flv.tags);
  const stop = async () => {
    await playing.stop();
    await publisher.unpublish();
  };
  void publisher.closed.then(() => playing.stop()).catch(() => undefined);
  return { stop };
}

type Stored = {
  readonly storage: string;
  readonly object: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly overwrites: boolean;
  readonly takenAt: string;
  readonly bucket: string;
};
const storedOf = (name: string) =>
  eventsOf(receiver, 'json', name)
    .filter(({ type }) => type === 'snapshot')
    .map(({ data }) => data.snapshot as Stored);
const apsaraOf = (name: string) =>
  receiver
    .told('apsara')
    .map(({ body, headers }) => ({ headers, fields: JSON.parse(body) as Record<string, unknown> }))
    .filter(({ fields }) => fields.StreamName === name);

describe('callbacks of snapshots', () => {
  it('come in both forms, once each, when the object is there; others do not hear of them', async () => {
    receiver = await CallbackReceiver.start();
    cleanups.push(() => receiver.down());
    let folder = '';
    const wrong: string[] = [];
    receiver.answer = ({ path, body }) => {
      if (path !== '/json') return 200;
      const { type, data } = JSON.parse(body);
      if (type !== 'snapshot') return 200;
      const { object, sizeBytes, sha256, overwrites } = data.snapshot as Stored;
      const file = join(folder, object);
      try {
        const sum = createHash('sha256').update(readFileSync(file)).digest('hex');
        // The next picture may have taken this one's place already.
        if (!overwrites && (statSync(file).size !== sizeBytes || sum !== sha256)) wrong.push(object);
      } catch (error) {
        wrong.push(`${object}: ${error}`);
      }
      return 200;
    };
    const { server, recordingsDir } = await open();
    folder = recordingsDir;
    const publisher = await publish(server, 'told');
    await until('two pictures were told of', () => storedOf('told').length >= 4, 60_000);
    await until('in the other form, too', () => apsaraOf('told').length >= 4, 60_000);
    await publisher.stop();
    expect(wrong).toEqual([]);
    const stored = storedOf('told');
    const overwritten = stored.filter(({ overwrites }) => overwrites);
    const kept = stored.filter(({ overwrites }) => !overwrites);
    expect(new Set(overwritten.map(({ object }) => object))).toEqual(new Set(['snapshot/live/told.jpg']));
    const seconds = (each: Stored) => Math.floor(Date.parse(each.takenAt) / 1000);
    expect(kept.map(({ object }) => object)).toEqual(
      kept.map((each, index) => `all/live/told/${seconds(each)}-${index + 1}.jpg`),
    );
    const [first] = apsaraOf('told');
    const { takenAt } = stored[0]!;
    expect(first!.fields).toEqual({
      DomainName: 'default',
      AppName: 'live',
      StreamName: 'told',
      OssEndpoint: '',
      OssBucket: 'recordings',
      OssObject: 'snapshot/live/told.jpg',
      CreateTime: `${takenAt.slice(0, 19)}Z`,
      CreateTimestamp: Date.parse(takenAt),
      IsOverlay: true,
    });
    const timestamp = first!.headers['ali-live-timestamp'];
    const signature = createHash('md5').update(`127.0.0.1|${timestamp}|${KEY}`).digest('hex');
    expect(first!.headers['ali-live-signature']).toBe(signature);
    await until(
      'its end was told',
      () => receiver.told('usual').some(({ body }) => body.includes('publish_done')),
      60_000,
    );
    expect(receiver.told('usual').filter(({ body }) => body.includes('"snapshot"'))).toEqual([]);
    const ids = receiver.told('json').map(({ headers }) => headers['webhook-id']);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('wait for a receiver that is down, over a kill -9, each told once; publishes do not wait behind them', async () => {
    receiver = await CallbackReceiver.start();
    cleanups.push(() => receiver.down());
    const data = await tempDir('snapshot-callbacks-data');
    cleanups.push(data.remove);
    const isSnapshot = (body: string) => body.includes('"type":"snapshot"') || body.includes('OssObject');
    receiver.answer = ({ body }) => (isSnapshot(body) ? 503 : 200);
    const first = await open({ dataDir: data.path });
    const publisher = await publish(first.server, 'late');
    const refused = () => receiver.received.filter(({ answer, path }) => answer === 503 && path === '/json');
    await until('some were refused', () => refused().length >= 2, 60_000);
    const folder = join(first.recordingsDir, 'all/live/late');
    await until('three are stored', async () => (await readdir(folder)).length >= 3, 60_000);
    await publisher.stop();
    await until(
      'the end is told',
      () => receiver.told('json').some(({ body }) => body.includes('publish_done')),
      60_000,
    );
    expect(storedOf('late')).toEqual([]);
    const names = (await readdir(folder)).map((name) => `all/live/late/${name}`).sort();
    await first.server.stop('SIGKILL');
    receiver.answer = () => 200;
    receiver.dropsRepetitions = true;
    await open({ dataDir: data.path });
    const objects = () => storedOf('late').flatMap(({ object, overwrites }) => (overwrites ? [] : [object]));
    await until('all were told', () => objects().length >= names.length, 120_000);
    expect(objects().sort()).toEqual(names);
    expect(storedOf('late').filter(({ overwrites }) => overwrites).length).toBe(names.length);
  });

  it('of a bucket name it, and come when it has acknowledged the object', async () => {
    receiver = await CallbackReceiver.start();
    cleanups.push(() => receiver.down());
    const swift = await startSwift();
    cleanups.push(() => swift.stop());
    const { server } = await open({ swift });
    const publisher = await publish(server, 'bucket');
    await until('it was told', () => apsaraOf('bucket').length >= 2, 90_000);
    await swift.kill();
    const before = storedOf('bucket').length;
    await until('some wait', async () => ((await server.metric('headwater_upload_queue')) ?? 0) >= 2, 60_000);
    const told = storedOf('bucket');
    expect(told.length).toBeLessThanOrEqual(before + 2);
    const readyz = await fetch(`http://127.0.0.1:${server.controlPort}/readyz`);
    expect(readyz.status).toBe(200);
    expect(await readyz.json()).toMatchObject({
      status: 'degraded',
      storages: { state: 'failing', failing: { swift: expect.stringContaining('STORAGE_UNREACHABLE') } },
    });
    await swift.restart();
    await until('the rest is told', () => storedOf('bucket').length >= told.length + 2, 120_000);
    await publisher.stop();
    const { OssEndpoint, OssBucket } = apsaraOf('bucket')[0]!.fields;
    expect([OssEndpoint, OssBucket]).toEqual([new URL(swift.bucket.endpoint ?? '').host, swift.bucket.bucket]);
  });
});
