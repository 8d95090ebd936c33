import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { archiveWith } from '../../test/support/archived-stream.ts';
import { until } from '../../test/support/index.ts';
import { Archive } from '../archive/index.ts';
import type { Publication, RegistryListener, Stream, TrackSet } from '../live/index.ts';
import { TestClock } from '../live/test-clock.ts';
import { publishAll, testPackets, testStream, testVideoTrack } from '../live/test-packets.ts';
import { createLogger } from '../log/index.ts';
import { HlsPackager } from '../packager/index.ts';
import { streamSettingsSchema } from '../rules/index.ts';
import { Archiver } from './archiver.ts';
import { Recorder } from './recorder.ts';
import { RecordingMaker, type RecordingUpload } from './recording-maker.ts';
import { recordingPlanOf } from './recording-plan.ts';

const id = { domain: 'default', app: 'live', name: 'demo' };
const tracks: TrackSet = { video: testVideoTrack() };
const log = createLogger({ level: 'silent' });
const HOUR_MS = 3_600_000;
const START_MS = 10 * HOUR_MS;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-recorder-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const stateFile = () => join(folder, 'recording.json');

type Around = {
  readonly onDemand?: 'manual';
  readonly registry?: object;
  readonly cycleSeconds?: (of: typeof id) => number;
  /** What a segment of the stream is read after. */
  readonly beforeRead?: (of: typeof id) => Promise<void> | undefined;
};

async function open(made: string[], { onDemand, registry = {}, cycleSeconds = () => 15, beforeRead }: Around = {}) {
  const archive = new Archive({ folder: join(folder, 'archive'), log, nowMs: () => START_MS, reserveBytes: 0 });
  const listeners: RegistryListener[] = [];
  const statuses: string[] = [];
  const planOf = (of: typeof id) => {
    const formats = [{ format: 'mp4' as const, cycleSeconds: cycleSeconds(of) }];
    const record = { enabled: true, ...(onDemand && { onDemand }), formats };
    return recordingPlanOf(streamSettingsSchema.parse({ record }).record);
  };
  const recorder = await Recorder.open({
    registry: {
      listen: (listener) => {
        listeners.push(listener);
        return () => undefined;
      },
      renditionsOf: () => [],
      publicationOf: () => undefined,
      ownerOf: (of) => of,
      ...registry,
    },
    ...{
      clock: new TestClock(),
      log,
      archive,
      stateFileOf: ({ name }: typeof id) => (name === id.name ? stateFile() : join(folder, `${name}.json`)),
    },
    maker: new RecordingMaker({
      archive: archiveWith(archive, {
        bytes: async (of, ...asked) => {
          await beforeRead?.(of);
          return archive.bytes(of, ...asked);
        },
      }),
      folder: join(folder, 'exports'),
      ownTemplate: async (_stream, _storage, template) => template,
      add: async ({ data }: { readonly data: RecordingUpload }) => {
        const { format, firstSegment, lastSegment, durationMs } = data.recording ?? {};
        made.push(`${format} ${firstSegment}-${lastSegment} ${durationMs}`);
      },
    }),
    planOf,
    pushArgsOf: () => ({}),
    ask: async () => [],
    onStatus: async ({ name }, { status }) => {
      statuses.push(`${status} ${name}`);
    },
  });
  return { archive, recorder, listeners, statuses };
}

type Opened = Awaited<ReturnType<typeof open>>;

function archiverOf(stream: Stream, { archive, recorder }: Pick<Opened, 'archive' | 'recorder'>) {
  const packager = new HlsPackager({
    ...{ stream, windowSegments: 6, segmentMs: 2000, partMs: 300, lowLatency: true, maxBytes: 1e9 },
  });
  const archiver = new Archiver({
    registry: { listen: () => () => undefined },
    isKept: () => true,
    packagerOf: () => packager,
    openWriter: (of) => {
      const onKept = (segment: Parameters<Recorder['kept']>[1]) => recorder.kept(of, segment);
      const writer = archive.writer(of, { onTrouble: () => undefined, onLost: () => undefined, onKept });
      return { writer, close: () => archive.release(writer) };
    },
  });
  archiver.renditionLive(stream);
  return archiver;
}

const packets = (fromMs: number, toMs: number, startWallMs: number) =>
  testPackets({ tracks, fromMs, toMs }).map((packet) => ({ ...packet, wallMs: startWallMs + packet.dtsMs }));

it('finishes after a restart what was recorded since its state was kept, though the clock was set back', async () => {
  const made: string[] = [];
  const first = await open(made);
  const { stream } = testStream();
  const archiver = archiverOf(stream, first);
  const publication = { stream, publisher: { sessionId: 'a' }, isResumed: false } as Publication;
  for (const listener of first.listeners) listener.published?.(publication);
  publishAll(stream, tracks, packets(0, 20_500, START_MS));
  // What a server that is killed now leaves behind: the first file is made, the second has begun.
  const kept = await until('the state is kept', async () => {
    const text = await readFile(stateFile(), 'utf8').catch(() => '');
    return made.length === 1 && text.includes('"tasks":[]') && text.includes('"firstSegment":108') && text;
  });
  stream.interrupt();
  stream.resume();
  publishAll(stream, tracks, packets(30_000, 38_500, START_MS - HOUR_MS));
  stream.end();
  await archiver.close();
  await first.recorder.close();
  await first.archive.close();
  await writeFile(stateFile(), kept);

  const second = await open(made);
  await until('all is made', () => second.recorder.pins().length === 0);
  expect(made).toEqual(['mp4 100-107 16000', 'mp4 108-115 13040']);
  await second.recorder.close();
  await second.archive.close();
});

it('forgets after a restart what had only begun', async () => {
  const made: string[] = [];
  const first = await open(made);
  const { stream } = testStream();
  const archiver = archiverOf(stream, first);
  const publication = { stream, publisher: { sessionId: 'a' }, isResumed: false } as Publication;
  for (const listener of first.listeners) listener.published?.(publication);
  publishAll(stream, tracks, packets(0, 2500, START_MS));
  stream.end();
  await archiver.close();
  await first.recorder.close();
  await first.archive.close();
  const begun = { isLive: true, wanted: [{ from: 200 }], status: 'idle', statusCount: 0, lastSegment: 199 };
  await writeFile(
    stateFile(),
    JSON.stringify({ session: { ...begun, files: [], sequences: {} }, tasks: [], slices: {} }),
  );

  const second = await open(made);
  await expect(readFile(stateFile())).rejects.toThrow('ENOENT');
  await second.recorder.close();
  await second.archive.close();
  await expect(readFile(stateFile())).rejects.toThrow('ENOENT');
});

it('says what begins, and makes short files, while long ones are made', async () => {
  const made: string[] = [];
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const held: string[] = [];
  const { archive, recorder, listeners, statuses } = await open(made, {
    cycleSeconds: ({ name }) => (name.startsWith('long') ? 700 : 15),
    beforeRead: ({ name }) => {
      if (!name.startsWith('long')) return undefined;
      held.push(name);
      return released;
    },
  });
  const record = (name: string, packets: ReturnType<typeof testPackets>) => {
    const { stream } = testStream({ id: { ...id, name } });
    const archiver = archiverOf(stream, { archive, recorder });
    const publication = { stream, publisher: { sessionId: name }, isResumed: false } as Publication;
    for (const listener of listeners) listener.published?.(publication);
    publishAll(stream, tracks, packets);
    return archiver;
  };
  const long = testPackets({ tracks, toMs: 710_500, gopMs: 10_000, fps: 1 });
  const archivers = ['long 1', 'long 2', 'long 3'].map((name) => record(name, long));
  await until('a long file is read', () => held.length > 0);
  archivers.push(record('short', packets(0, 32_500, START_MS)));
  await until('the short files are made', () => made.length === 2);
  expect(statuses).toContain('record_started short');
  expect([made, new Set(held).size]).toEqual([['mp4 100-107 16000', 'mp4 108-115 16000'], 1]);
  release();
  await until('the long files are made', () => made.length === 5);
  expect(new Set(made.slice(2))).toEqual(new Set(['mp4 100-169 700000']));
  for (const archiver of archivers) await archiver.close();
  await recorder.close();
  await archive.close();
});

it('does with renditions what it does with their stream', async () => {
  const names: string[] = [];
  const source = testStream().stream;
  const rendition = testStream({ id: { ...id, name: 'demo_lsd' } }).stream;
  const late = testStream({ id: { ...id, name: 'demo_lhd' } }).stream;
  const renditions = [rendition];
  const publication = { stream: source, publisher: { sessionId: 'a' }, isResumed: false } as unknown as Publication;
  const { recorder, archive, listeners } = await open(names, {
    onDemand: 'manual',
    registry: {
      renditionsOf: () => renditions,
      publicationOf: () => publication,
      ownerOf: () => id,
    },
  });
  for (const listener of listeners) listener.published?.(publication);
  const segment = (number: number) => ({ number, wallMs: START_MS, durationMs: 2000, isDiscontinuity: false });
  const whole = () => [source, rendition, late].map(({ id: of }) => recorder.kept(of, segment(next)));
  let next = source.segment;
  const isRecorded = () => [source, rendition, late].map(({ id: of }) => recorder.isRecording(of));
  whole();
  expect(isRecorded()).toEqual([false, false, false]);
  recorder.command(id, 'start');
  next++;
  whole();
  expect(isRecorded()).toEqual([true, true, false]);
  renditions.push(late);
  for (const listener of listeners) listener.renditionLive?.(late);
  next++;
  whole();
  expect(isRecorded()).toEqual([true, true, true]);
  recorder.command(id, 'stop');
  expect(isRecorded()).toEqual([false, false, false]);
  await recorder.close();
  await archive.close();
});
