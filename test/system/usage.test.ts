import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type CountingViewer,
  countingFlv,
  countingHls,
  countingRtmp,
  countingWebSocket,
} from '../support/counting-viewers.ts';
import { type MadeFlv, makeFlv } from '../support/flv-file.ts';
import { type Headwater, startHeadwater, tempDir, until } from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';
import { playForEver, RtmpPublisher } from '../support/rtmp-publisher.ts';
import { type SystemPostgres, startSystemPostgres } from './store/helpers.ts';

type Point = Record<string, number | string>;
type Door = 'flv' | 'ws-flv' | 'rtmp' | 'hls';

const DOMAIN = 'default';

let system: SystemPostgres;
let home: Awaited<ReturnType<typeof tempDir>>;
let server: Headwater;
let flv: MadeFlv;

const start = async () => {
  server = await startHeadwater({
    rules: {
      domains: [{ ...OPEN_DOMAIN, tags: { team: 'shop' } }],
      streams: [{ match: {}, publish: { waitSeconds: 0 }, hls: { segmentSeconds: 1 } }],
    },
    dataDir: join(home.path, 'data'),
    env: { DATABASE_URL: system.url },
  });
};

beforeAll(async () => {
  [system, flv, home] = await Promise.all([
    startSystemPostgres(),
    makeFlv({ seconds: 4, gop: 15, size: '640x360' }),
    tempDir('usage'),
  ]);
  await start();
}, 180_000);

afterAll(async () => {
  await server?.stop();
  system?.remove();
  await Promise.all([flv?.remove(), home?.remove()]);
});

/** Viewers of every door, until their sum of received bytes is enough. */
class Show {
  readonly path: string;
  readonly viewers = new Map<Door, CountingViewer[]>();
  readonly #publisher: RtmpPublisher;
  readonly #playing: ReturnType<typeof playForEver>;

  private constructor(path: string, publisher: RtmpPublisher) {
    this.path = path;
    this.#publisher = publisher;
    this.#playing = playForEver(publisher, flv.tags);
  }

  static async begin(path: string): Promise<Show> {
    const show = new Show(path, await RtmpPublisher.open({ port: server.rtmpPort, path }));
    await until('it is live', async () => (await countingFlv(server, path).catch(() => undefined))?.close() ?? true);
    show.viewers.set('flv', await Promise.all([1, 2, 3].map(() => countingFlv(server, path))));
    show.viewers.set('ws-flv', [await countingWebSocket(server, path)]);
    show.viewers.set('rtmp', await Promise.all([1, 2].map(() => countingRtmp(server, path))));
    show.viewers.set('hls', [await countingHls(server, path)]);
    return show;
  }

  received(door: Door): number {
    return this.viewers.get(door)!.reduce((sum, viewer) => sum + viewer.received(), 0);
  }

  async untilReceived(bytes: number): Promise<void> {
    for (const door of this.viewers.keys()) {
      const viewers = this.viewers.get(door)!.length;
      await until(`${door} has enough`, () => this.received(door) >= bytes * viewers, 90_000);
    }
  }

  /** The publisher leaves, and each viewer gets the rest of it. */
  async end(): Promise<void> {
    await this.#playing.stop();
    await this.#publisher.unpublish().catch(() => undefined);
    await Promise.all([...this.viewers.values()].flat().map(({ ended }) => ended));
  }
}

async function usage(query: string): Promise<Point[]> {
  return (await server.api<{ points: Point[] }>(`/usage?${query}`)).points;
}

const total = (points: readonly Point[], measure: string) =>
  points.reduce((sum, point) => sum + Number(point[measure]), 0);

async function bytesOf(path: string, door: Door): Promise<number> {
  const [app, stream] = path.split('/');
  const query = `domain=${DOMAIN}&app=${app}&stream=${stream}&grain=minute&by=door&door=${door}`;
  return total(await usage(query), 'egressBytes');
}

function expectNear(counted: number, received: number, part = 0.005): void {
  expect(Math.abs(counted - received) / received).toBeLessThan(part);
}

const running = () => join(home.path, 'data', 'usage', 'running.json.gz');
const keptAtMs = async () => (await stat(running()).catch(() => undefined))?.mtimeMs ?? 0;

describe('usage', () => {
  it('is what viewers received, though the database was away for the half of it', async () => {
    const show = await Show.begin('live/outage');
    await show.untilReceived(700_000);
    system.stop();
    await show.untilReceived(1_500_000);
    await show.end();
    await server.stop();
    system.start();
    await start();
    await until('all is stored', async () => (await bytesOf('live/outage', 'flv').catch(() => 0)) > 0, 60_000);
    for (const door of ['flv', 'ws-flv', 'rtmp', 'hls'] as const) {
      // One more of FLV looked whether it was live.
      if (door !== 'flv') expectNear(await bytesOf(show.path, door), show.received(door));
    }
    expectNear(await bytesOf(show.path, 'flv'), show.received('flv'), 0.05);
    const [total] = await usage(`domain=${DOMAIN}&grain=day`);
    expect(total).toMatchObject({ peakViewers: 7, publishes: 1 });
    const doors = await usage(`domain=${DOMAIN}&grain=day&by=door`);
    expect(doors.map(({ door, peakViewers }) => [door, peakViewers])).toEqual([
      ['flv', 3],
      ['hls', 1],
      ['rtmp', 2],
      ['ws-flv', 1],
    ]);
    expect(doors.reduce((sum, { egressBytes }) => sum + Number(egressBytes), 0)).toBe(total!.egressBytes);
  });

  it('loses nothing that was kept when the process is killed, and what it did since at most', async () => {
    const show = await Show.begin('live/killed');
    await show.untilReceived(1_500_000);
    await show.end();
    const endedMs = Date.now();
    await until('the running minute is kept', async () => (await keptAtMs()) > endedMs, 20_000);
    await server.stop('SIGKILL');
    await start();
    await until('all is stored', async () => (await bytesOf('live/killed', 'flv').catch(() => 0)) > 0, 60_000);
    for (const door of ['ws-flv', 'rtmp', 'hls'] as const) {
      expectNear(await bytesOf(show.path, door), show.received(door));
    }
  });
});
