import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CliError, type RunningServer } from '../installation/index.ts';
import { type Drill, seconds, untilSeen } from './drill.ts';
import { startEncoder } from './encoder.ts';
import { DrillEvents } from './events.ts';
import { untilLive } from './live-stream.ts';
import { ownDomain } from './own-domain.ts';
import { startSecondServer, temporaryFolder } from './second-server.ts';
import { startTestDatabase } from './test-database.ts';
import { APP, playPath, pushUrl, type TestDomain } from './test-domain.ts';
import { type DrillViewer, startViewer } from './viewer.ts';

type Health = { readonly database: { readonly state: string }; readonly journal: { readonly state: string } };

const LOG = 'Run headwater doctor, and look into docs/runbooks/DATABASE_DOWN.md.';
const TOLD_AFTER_MS = 3000;
const MEDIA_BYTES = 60_000;

/** Stops the database of a second server under a live stream, and starts it again. */
export async function dbDown(drill: Drill, { ffmpeg }: { readonly ffmpeg: string }): Promise<void> {
  const { signal } = drill;
  const seen = <T>(what: string, look: () => Promise<T> | T, withinMs: number) =>
    untilSeen(what, look, { withinMs, signal, remedy: LOG });
  const { domain, rules } = ownDomain();
  const folder = await temporaryFolder(drill);
  const held: Partial<Held> = {};
  await drill.step('second-server', async () => {
    const database = await startTestDatabase(drill, join(folder, 'database'));
    const server = await startSecondServer(drill, { folder, rules, databaseUrl: database.url });
    await seen('its database is ready', async () => (await healthOf(server)).database.state === 'ready', 60_000);
    Object.assign(held, { database, server, events: await DrillEvents.open(server.api, domain.name) });
    return 'a second server runs in a temporary folder, with a database of its own';
  });
  const { database, server, events } = held as Held;
  const push = async (stream: string) => {
    const encoder = startEncoder(drill, { ffmpeg, url: pushUrl(domain, server.ports.rtmpPort, stream) });
    await untilLive(drill, server.api, encoder, { domain: domain.name, app: APP, stream });
    return encoder;
  };
  const watch = async (stream: string) => {
    const viewer = await watching(drill, server, domain, stream);
    await moreMedia(viewer, seen);
    return viewer;
  };
  let viewer: DrillViewer | undefined;
  await drill.step('live', async () => {
    await push('before');
    viewer = await watch('before');
    await seen('the event publish', () => events.count('publish'), 30_000);
    return 'a stream is live and watched';
  });
  await drill.step('stopped', async () => {
    await database.stop();
    const isAway = async () => (await healthOf(server)).database.state !== 'ready';
    const { afterMs } = await seen('the server says so', isAway, 60_000);
    return `the database was stopped; the server says so ${seconds(afterMs)} later`;
  });
  await drill.step('goes-on', async () => {
    if (viewer) await moreMedia(viewer, seen);
    return 'the stream goes on, the viewer gets media';
  });
  await drill.step('newcomers', async () => {
    const encoder = await push('meanwhile');
    await watch('meanwhile');
    // A publish of less than two seconds is not told of.
    await delay(TOLD_AFTER_MS, undefined, { signal });
    await encoder.kill();
    return 'a new publisher and a new viewer were let in by the rules as they were';
  });
  await drill.step('journal', async () => {
    const { journal } = await healthOf(server);
    if (journal.state === 'ok') return 'events wait in the journal on the disk';
    throw new CliError(`the journal is ${journal.state}`, 'See docs/runbooks/JOURNAL_FAILING.md.');
  });
  await drill.step('started', async () => {
    await database.start();
    const isBack = async () => (await healthOf(server)).database.state === 'ready';
    const { afterMs } = await seen('the server has its database again', isBack, 120_000);
    return `the database was started; the server has it again ${seconds(afterMs)} later`;
  });
  await drill.step('nothing-lost', async () => {
    const counts = async () => [await events.count('publish'), await events.count('publish_done')].join(' ');
    await seen('what happened meanwhile is in the database', async () => (await counts()) === '2 1', 60_000);
    if (viewer) await moreMedia(viewer, seen);
    return 'what happened meanwhile is in the database, once; the first viewer was never interrupted';
  });
}

type Held = {
  readonly database: Awaited<ReturnType<typeof startTestDatabase>>;
  readonly server: RunningServer;
  readonly events: DrillEvents;
};

const healthOf = ({ api }: RunningServer) => api.get<Health>('/health');

export function watching(
  drill: Drill,
  { ports }: RunningServer,
  domain: TestDomain,
  stream: string,
): Promise<DrillViewer> {
  return startViewer(drill, { port: ports.playbackPort, path: playPath(domain, stream), host: domain.name });
}

/** On the connection that the viewer has. */
export async function moreMedia(
  viewer: DrillViewer,
  seen: (what: string, look: () => boolean, withinMs: number) => Promise<unknown>,
): Promise<void> {
  const before = viewer.bytes;
  await seen('the viewer gets media', () => viewer.isConnected && viewer.bytes > before + MEDIA_BYTES, 20_000);
}
