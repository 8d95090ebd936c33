import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ingest } from '../ingest/index.ts';
import { type PublisherRole, Registry, type Stream, type StreamId, type StreamSetup } from '../live/index.ts';
import { TestClock } from '../live/test-clock.ts';
import { TEST_PLAN } from '../live/test-packets.ts';
import type { HlsPackager } from '../packager/index.ts';
import { FlvReader, type FlvTag } from '../protocol/flv/index.ts';
import { askForStream } from './ask-for-stream.ts';
import { StreamCopies } from './stream-copies.ts';
import { StreamDoor } from './stream-door.ts';
import type { RenditionFacts } from './wire/index.ts';

export const DEMO: StreamId = { domain: 'default', app: 'live/a b', name: 'demo' };
export const WAIT_MS = 15_000;
const CACHE = { maxBytes: 64 * 1024 * 1024, maxMs: 20_000 };
const SETUP: StreamSetup = {
  ...{ secondPublisher: 'refuse', waitMs: WAIT_MS, waitAfterUnpublish: false, ghostMs: 3000, idleMs: 600_000 },
  ...{ plan: TEST_PLAN, cache: CACHE },
};

export type TestNode = Awaited<ReturnType<typeof startNode>>;

/** A registry with a door on a Unix socket for those who make copies of its streams. */
export async function startNode(name: string) {
  const folder = await mkdtemp(join(tmpdir(), 'cluster-'));
  const socketPath = join(folder, 'streams.sock');
  const clock = new TestClock();
  const errors: unknown[] = [];
  const registry = new Registry({ clock, maxHeldRequests: 100, onReaderError: (error) => errors.push(error) });
  const renditions: RenditionFacts[] = [];
  const running = { isPackaged: false, renditions: [] as string[] };
  const sockets = new Set<Socket>();
  const at: { epoch: number; asked: number; packager?: HlsPackager } = { epoch: 1, asked: 0 };
  const door = new StreamDoor({
    ...{ clock, node: name, maxBytes: 1e7, stallMs: 5000, epochOf: () => at.epoch, renditionsOf: () => renditions },
    find: (id, signal) => registry.whenOwn(id, 0, signal),
    findHere: (id) => {
      at.asked++;
      return registry.find(id);
    },
    runningOf: (stream) => (stream.parent ? { isPackaged: false, renditions: [] } : { ...running }),
    listedBefore: (_stream, segment) => at.packager?.window.listedBefore(segment) ?? [],
  });
  const server = createServer();
  server.on('connection', (socket) => sockets.add(socket));
  server.on('upgrade', (request, socket) => void door.upgrade(request, socket));
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    ...{ registry, clock, renditions, running, errors, socketPath, at, door },
    publish(id = DEMO, setup: Partial<StreamSetup> = {}, role: PublisherRole = 'main') {
      const publisher = { sessionId: `${name} ${role}`, dismissed: () => {} };
      const result = registry.publish(id, publisher, () => ({ ...SETUP, ...setup }), role);
      if (!result.ok) throw new Error(result.code);
      return result.publication;
    },
    /** Ends all connections, as a network does. */
    cut: () => {
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
    async close() {
      registry.close();
      door.close();
      server.close();
      for (const socket of sockets) socket.destroy();
      await rm(folder, { recursive: true });
    },
  };
}

/** Those who make copies of a node's streams; `at` may be changed to another node's socket. */
export function copiesOf(
  owner: { readonly socketPath: string },
  reader: Pick<TestNode, 'registry' | 'clock'>,
  takesCopy = false,
) {
  const place: { at: string | undefined } = { at: owner.socketPath };
  const viewers = { count: 1 };
  const standbys: StreamId[] = [];
  const packaged: StreamId[] = [];
  const troubles: string[] = [];
  const copies = new StreamCopies({
    ...reader,
    sourceOf: (id) => {
      const { at } = place;
      return at === undefined
        ? undefined
        : (signal, asking) => askForStream({ connect: { socketPath: at } }, id, signal, { ...asking, takesCopy });
    },
    viewersOf: () => viewers.count,
    standbys: () => standbys,
    onPackaged: (id) => packaged.push(id),
    cacheOf: () => CACHE,
    waitMsOf: () => WAIT_MS,
    onTrouble: (_id, trouble) => troubles.push(trouble),
  });
  return { copies, place, viewers, troubles, standbys, packaged };
}

export function fixtureTags(name: string): FlvTag[] {
  const path = new URL(`../../test/fixtures/captures/${name}`, import.meta.url);
  return new FlvReader().push(readFileSync(path));
}

/** What an encoder sent comes in, as fast as can be. */
export function ingestInto(stream: Stream, clock: TestClock) {
  const ingest = new Ingest({ stream, clock });
  return (tags: readonly FlvTag[]) => {
    for (const { type, timestampMs, payload } of tags) {
      if (type === 'video') ingest.video(timestampMs, payload);
      else if (type === 'audio') ingest.audio(timestampMs, payload);
    }
  };
}

/** Real sockets take a moment: waits until it is so. */
export async function eventually(what: string, isSo: () => boolean): Promise<void> {
  for (let turns = 0; !isSo(); turns++) {
    if (turns > 2000) throw new Error(`it never came to this: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
