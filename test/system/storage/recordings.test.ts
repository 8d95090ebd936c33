import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { Archive, type ArchivedSegment } from '../../../src/archive/index.ts';
import { createLogger } from '../../../src/log/index.ts';
import { FragmentReader } from '../../../src/protocol/fmp4/index.ts';
import { parseMediaPlaylist } from '../../../src/protocol/m3u8/index.ts';
import { type Recording, RecordingCatalogue } from '../../../src/record/index.ts';
import type { RulesInput } from '../../../src/rules/index.ts';
import { openStorage, type Storage } from '../../../src/storage/index.ts';
import { CallbackReceiver, eventsOf, type JsonEvent } from '../../support/callback-receiver.ts';
import { framesOf, type MadeFlv, makeFlv } from '../../support/flv-file.ts';
import { FlvViewer } from '../../support/flv-viewer.ts';
import { type Headwater, runToEnd, startHeadwater, tempDir, until } from '../../support/index.ts';
import { OPEN_DOMAIN } from '../../support/open-server.ts';
import { recordCommand } from '../../support/record-command.ts';
import { playForEver, RtmpPublisher } from '../../support/rtmp-publisher.ts';
import { type Swift, startSwift } from '../../support/swift.ts';

/** A minute where nobody waits for it. */
const DOWN_MS = Number(process.env.TEST_DOWN_MS ?? 20_000);
const INSTANTS = Number(process.env.TEST_KILL_INSTANTS ?? 4);
const STREAMS = ['bucket', 'folder', 'restless'];
const FORMATS = ['mp4', 'flv', 'm3u8', 'cmaf'] as const;
const KEY = 'whsec_c2VjcmV0LW9mLWNhbGxiYWNrcw==';
const log = createLogger({ level: 'silent' });

let home: Awaited<ReturnType<typeof tempDir>>;
let swift: Swift;
let receiver: CallbackReceiver;
let flv: MadeFlv;
let bucket: Storage;

beforeAll(async () => {
  [swift, flv] = await Promise.all([startSwift(), makeFlv({ seconds: 8, fps: 25, gop: 25, size: '160x90' })]);
  bucket = await openStorage({ kind: 's3', name: 'swift', ...swift.bucket });
});
beforeEach(async () => {
  home = await tempDir('recordings');
  receiver = await CallbackReceiver.start();
  return async () => {
    await receiver.down();
    await home.remove();
  };
});
afterAll(async () => {
  await bucket?.close();
  await swift?.stop();
  await flv?.remove();
});

const folder = () => join(home.path, 'recordings');
const archiveDir = () => join(home.path, 'archive');
const idOf = (name: string) => ({ domain: 'default', app: 'live', name });

/** A server whose streams are recorded into Swift, or into a folder. */
async function serve(cycleSeconds = 3600): Promise<Headwater> {
  const { pathStyle: _, credentials, ...rest } = swift.bucket;
  const storages = [{ ...rest, ...credentials, name: 'swift', kind: 's3', pathStyle: 'on' }];
  const config = join(home.path, 'mine.yml');
  await writeFile(config, stringify({ recordingsDir: folder(), archiveDir: archiveDir(), storages }));
  const prefix = `${home.path.split('-').at(-1)}/{AppName}/{StreamName}`;
  const formats = FORMATS.map((format) => ({
    ...{
      format,
      cycleSeconds,
      object: `${prefix}/${format}/{Sequence}_{EscapedStartTime}_{EscapedEndTime}`,
    },
    ...(format === 'm3u8' || format === 'cmaf'
      ? { sliceSeconds: 5, sliceObject: `${prefix}/${format}/{UnixTimestamp}_{Sequence}` }
      : {}),
  })) as NonNullable<NonNullable<RulesInput['streams']>[number]['record']>['formats'];
  const record = { enabled: true, delaySeconds: 15, notifyStatus: true, formats };
  const rule = { hls: { segmentSeconds: 1 }, publish: { waitSeconds: 1 } };
  const rules: RulesInput = {
    domains: [OPEN_DOMAIN],
    streams: [
      { match: { app: 'live' }, ...rule, record },
      { match: { app: 'live', stream: 'bucket' }, record: { storage: 'swift' } },
    ],
    callbacks: [
      {
        ...{ id: 'json', match: {}, url: receiver.url('json'), form: 'json', key: KEY },
        events: ['record_started', 'record_paused', 'record_resumed', 'record_file'],
      },
    ],
  };
  const env = { HEADWATER_CONFIG: config, HEADWATER_LIMITS_ARCHIVE_FREE_BYTES: '0' };
  return startHeadwater({ rules, env, dataDir: join(home.path, 'data') });
}

async function publish(server: Headwater, name: string) {
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}` });
  const playing = playForEver(publisher, flv.tags);
  const stop = async () => {
    await playing.stop();
    await publisher.unpublish();
  };
  return { closed: publisher.closed, stop };
}

type Told = { readonly format: string; readonly object: string; readonly startedAt: string };
const fileOf = ({ data }: JsonEvent) => data.recording as Told;
const filesTold = (name: string) => eventsOf(receiver, 'json', name).filter(({ type }) => type === 'record_file');

const catalogued = (name: string): Promise<Recording[]> => {
  const [domain, app] = ['default', 'live'];
  return new RecordingCatalogue(() => join(archiveDir(), domain, app, name)).all(idOf(name));
};

/** Nothing is under way any more: no recording is open, none is made, none waits for its storage. */
async function untilDone(server: Headwater): Promise<void> {
  const isOpen = async (name: string) =>
    readFile(join(archiveDir(), 'default/live', name, 'recording.json')).then(
      () => true,
      () => false,
    );
  await until('no recording is open', async () => !(await Promise.all(STREAMS.map(isOpen))).includes(true), 90_000);
  await until('none waits', async () => (await server.metric('headwater_upload_queue')) === 0, 90_000, 250);
  for (const folder of [join(archiveDir(), '.exports'), join(home.path, 'data/uploads/files')]) {
    await until(`no file is left in ${folder}`, async () => (await readdir(folder)).length === 0, 30_000);
  }
  expect(await server.metric('headwater_upload_dead')).toBe(0);
}

const bytesOf = async ({ storage }: Recording, object: string): Promise<Buffer> =>
  storage === 'swift' ? buffer((await bucket.get(object)).body) : readFile(join(folder(), object));

/** How many pictures a recording has. */
async function picturesIn(recording: Recording): Promise<number> {
  const { format, object } = recording;
  if (format === 'm3u8' || format === 'cmaf') {
    const { segments } = parseMediaPlaylist((await bytesOf(recording, object)).toString());
    const beside = (uri: string) => `${object.slice(0, object.lastIndexOf('/') + 1)}${decodeURIComponent(uri)}`;
    const pieces = segments.map(({ uri, map }) => [map?.uri ?? [], uri].flat().map(beside));
    const counts = pieces.map(async (names) =>
      count(Buffer.concat(await Promise.all(names.map((each) => bytesOf(recording, each)))), format),
    );
    return (await Promise.all(counts)).reduce((sum, each) => sum + each, 0);
  }
  return count(await bytesOf(recording, object), format);
}

async function count(media: Uint8Array, extension: string): Promise<number> {
  const file = join(
    home.path,
    `${randomInt(1e9)}.${extension === 'm3u8' ? 'ts' : extension === 'cmaf' ? 'mp4' : extension}`,
  );
  await writeFile(file, media);
  const args = ['-v', 'error', '-count_packets', '-select_streams', 'v', '-show_entries', 'stream=nb_read_packets'];
  const text = await runToEnd('ffprobe', [...args, '-of', 'csv=p=0', file]);
  return Number.parseInt(text, 10);
}

/** Of each format, every segment of the archive is in one file and no more; every file is there and was told of once. */
async function expectAllRecorded(name: string): Promise<void> {
  const archive = new Archive({ folder: archiveDir(), log, nowMs: () => 0, reserveBytes: 0 });
  const segments = await archive.between(idOf(name), 0, 1e14);
  const pictures = new Map<number, number>();
  for (const segment of segments) pictures.set(segment.number, await picturesOf(archive, name, segment));
  const recordings = await catalogued(name);
  expect(segments.length).toBeGreaterThan(0);
  for (const format of FORMATS) {
    const mine = recordings.filter((each) => each.format === format);
    const numbers = mine.flatMap(({ firstSegment, lastSegment }) =>
      segments.filter(({ number }) => number >= firstSegment && number <= lastSegment).map(({ number }) => number),
    );
    expect([name, format, numbers.toSorted((a, b) => a - b)]).toEqual([
      name,
      format,
      segments.map(({ number }) => number),
    ]);
    for (const recording of mine) {
      const { object, firstSegment, lastSegment } = recording;
      const wanted = [...pictures].filter(([number]) => number >= firstSegment && number <= lastSegment);
      expect([object, await picturesIn(recording)]).toEqual([object, wanted.reduce((sum, [, each]) => sum + each, 0)]);
    }
  }
  const objects = recordings.map(({ object }) => object).toSorted();
  expect(new Set(objects).size).toBe(objects.length);
  await until(
    `all files of ${name} were told of`,
    () => new Set(filesTold(name).map((each) => fileOf(each).object)).size >= objects.length,
  );
  expect(
    filesTold(name)
      .map((each) => fileOf(each).object)
      .toSorted(),
  ).toEqual(objects);
}

async function picturesOf(archive: Archive, name: string, segment: ArchivedSegment): Promise<number> {
  const media = Buffer.concat([segment.slice.init, await archive.bytes(idOf(name), segment)]);
  return new FragmentReader().push(media).filter(({ track }) => track.codec === 'h264').length;
}

describe('recordings into a bucket', () => {
  it('that is down for a while come whole, once and in order, and viewers see nothing of it', async () => {
    /** Objects that a playlist lists and that were not there when it was told of. */
    const early: string[] = [];
    const looking: Promise<void>[] = [];
    const look = async ({ object }: Told) => {
      const { segments } = parseMediaPlaylist((await buffer((await bucket.get(object)).body)).toString());
      for (const uri of segments.flatMap((each) => [each.map?.uri ?? [], each.uri].flat())) {
        const name = `${object.slice(0, object.lastIndexOf('/') + 1)}${decodeURIComponent(uri)}`;
        if (!(await bucket.head(name))) early.push(name);
      }
    };
    receiver.answer = ({ body }) => {
      const event = JSON.parse(body) as JsonEvent;
      const file = event.data.recording === undefined ? undefined : fileOf(event);
      if (file?.object.endsWith('.m3u8')) looking.push(look(file));
      return 200;
    };
    const server = await serve(24);
    const { stop } = await publish(server, 'bucket');
    const viewer = await FlvViewer.open(`${server.playback}/live/bucket.flv`);
    await until('slices are stored', async () => ((await server.metric('headwater_upload_queue')) ?? 1) === 0, 60_000);
    await delay(6000);
    swift.freeze();
    await delay(DOWN_MS / 2);
    await swift.kill();
    await delay(DOWN_MS / 2);
    expect(filesTold('bucket')).toEqual([]);
    const readyz = await (await fetch(`http://127.0.0.1:${server.controlPort}/readyz`)).json();
    expect(readyz).toMatchObject({ storages: { failing: { swift: expect.stringContaining('STORAGE_UNREACHABLE') } } });
    await swift.restart();
    await until('what was cut meanwhile is told', () => filesTold('bucket').length >= FORMATS.length, 120_000);
    await recordCommand(server, 'bucket', 'stop');
    await recordCommand(server, 'bucket', 'cancel_delay');
    await until('the recording is over', () => eventsOf(receiver, 'json', 'bucket').length >= 2 + 4 * 2, 120_000);
    await stop();
    await untilDone(server);
    await viewer.closed;
    const times = framesOf(viewer.tags, 'video').map(({ timestampMs }) => timestampMs);
    for (const [index, timeMs] of times.entries()) if (index > 0) expect(timeMs - times[index - 1]!).toBeLessThan(100);

    await Promise.all(looking);
    expect(early).toEqual([]);
    expect(
      eventsOf(receiver, 'json', 'bucket')
        .map(({ type }) => type)
        .filter((type) => type !== 'record_file'),
    ).toEqual([expect.stringContaining('started'), expect.stringContaining('paused')]);
    for (const format of FORMATS) {
      const told = filesTold('bucket')
        .map(fileOf)
        .filter((file) => file.format === format);
      expect(told.length).toBeGreaterThan(1);
      expect(told).toEqual(told.toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt)));
    }
    await server.stop();
    for (const recording of await catalogued('bucket')) expect(await picturesIn(recording)).toBeGreaterThan(24);
  });
});

describe('a server that is killed', () => {
  /** Records three streams, of which one is cut all the time, and is killed at some instant. */
  async function runAndKill(): Promise<void> {
    const server = await serve();
    const publishers = await Promise.all(STREAMS.map((name) => publish(server, name)));
    const isOver = once(server.child.process, 'exit').then(() => true);
    const cutting = (async () => {
      while (!(await Promise.race([isOver, delay(1200)]))) {
        for (const name of ['restless', 'bucket']) await recordCommand(server, name, 'restart').catch(() => undefined);
      }
    })();
    await until('something was recorded', async () => (await catalogued('restless')).length > 0, 60_000);
    await delay(randomInt(4000));
    await server.stop('SIGKILL');
    await cutting;
    for (const { stop } of publishers) await stop();
  }

  it('finishes every file after its next start, whatever instant it was killed at', {
    timeout: 120_000 + INSTANTS * 40_000,
  }, async () => {
    receiver.dropsRepetitions = true;
    for (let kill = 0; kill < INSTANTS; kill++) await runAndKill();
    const server = await serve();
    for (const name of STREAMS) await recordCommand(server, name, 'cancel_delay').catch(() => undefined);
    await untilDone(server);
    for (const name of STREAMS) await expectAllRecorded(name);
    await server.stop();
  });
});
