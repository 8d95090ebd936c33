import type { RunningServer } from '../installation/index.ts';
import { moreMedia, watching } from './db-down.ts';
import { type Drill, seconds, untilSeen } from './drill.ts';
import { startEncoder } from './encoder.ts';
import { untilLive } from './live-stream.ts';
import { ownDomain } from './own-domain.ts';
import { startSecondServer, temporaryFolder } from './second-server.ts';
import { startTestBucket } from './test-bucket.ts';
import { APP, pushUrl } from './test-domain.ts';
import type { DrillViewer } from './viewer.ts';

type Health = { readonly storages: { readonly failing: Readonly<Record<string, string>> } };

const STORAGE = 'drill';
const EVERY_SECONDS = 5;
/** Each picture is kept under its number. */
const NAMES = { overwrite: '', sequence: '{AppName}/{StreamName}/{Sequence}.jpg' };
const REMEDY = 'See docs/runbooks/STORAGE_BEHIND.md.';

/** Breaks the bucket of a second server under a live stream that stores pictures, and mends it again. */
export async function bucketDown(drill: Drill, { ffmpeg }: { readonly ffmpeg: string }): Promise<void> {
  const { signal } = drill;
  const seen = <T>(what: string, look: () => Promise<T> | T, withinMs: number) =>
    untilSeen(what, look, { withinMs, signal, remedy: REMEDY });
  const { domain, rules } = ownDomain({
    snapshot: { enabled: true, everySeconds: EVERY_SECONDS, storage: STORAGE, ...NAMES },
  });
  const folder = await temporaryFolder(drill);
  const bucket = await startTestBucket(drill);
  let started: RunningServer | undefined;
  await drill.step('second-server', async () => {
    const keys = { accessKeyId: 'drill', secretAccessKey: 'drill-drill-drill' };
    const storage = { name: STORAGE, kind: 's3', endpoint: bucket.endpoint, bucket: 'drill', region: 'drill', ...keys };
    started = await startSecondServer(drill, {
      folder,
      rules,
      config: { storages: [{ ...storage, pathStyle: 'on' }] },
    });
    return 'a second server runs in a temporary folder, with a bucket of its own';
  });
  const server = started as unknown as RunningServer;
  let viewer: DrillViewer | undefined;
  await drill.step('live', async () => {
    const stream = 'bucket-down';
    const encoder = startEncoder(drill, { ffmpeg, url: pushUrl(domain, server.ports.rtmpPort, stream) });
    await untilLive(drill, server.api, encoder, { domain: domain.name, app: APP, stream });
    viewer = await watching(drill, server, domain, stream);
    await moreMedia(viewer, seen);
    await seen('a picture is in the bucket', () => bucket.names.length, 60_000);
    return 'a stream is live and watched; its pictures go to the bucket';
  });
  let before = 0;
  await drill.step('broken', async () => {
    bucket.isBroken = true;
    before = bucket.names.length;
    const isSaid = async () => STORAGE in (await server.api.get<Health>('/health')).storages.failing;
    const { afterMs } = await seen('the server says so', isSaid, 60_000);
    return `the bucket answers 503; the server says so ${seconds(afterMs)} later`;
  });
  await drill.step('goes-on', async () => {
    if (viewer) await moreMedia(viewer, seen);
    const refused = bucket.refused;
    await seen('it is tried again', () => bucket.refused > refused, 60_000);
    return 'the stream goes on, the viewer gets media; uploads wait on the disk and are tried again';
  });
  await drill.step('mended', async () => {
    bucket.isBroken = false;
    const isWell = async () => !(STORAGE in (await server.api.get<Health>('/health')).storages.failing);
    const { afterMs } = await seen('the server says that it is well', isWell, 180_000);
    return `the bucket takes uploads again; the server says so ${seconds(afterMs)} later`;
  });
  await drill.step('nothing-lost', async () => {
    await seen('what waited is in the bucket', () => isWhole(bucket.names, before), 120_000);
    return `${bucket.names.length} pictures are in the bucket, none is missing`;
  });
}

function numbersOf(names: readonly string[]): number[] {
  return names.map((name) => Number(/(\d+)\.jpg$/.exec(name)?.[1])).sort((a, b) => a - b);
}

/** The last one from before the bucket broke is followed by all others, and at least two more. */
function isWhole(names: readonly string[], before: number): boolean {
  const numbers = numbersOf(names);
  const [first = 0] = numbers;
  return numbers.length > before + 1 && numbers.every((number, index) => number === first + index);
}
