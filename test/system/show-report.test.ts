import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ShowReportAnswer } from '../../src/operations/index.ts';
import { CallbackReceiver, eventsOf } from '../support/callback-receiver.ts';
import { type Headwater, publishTestPicture, startHeadwater, tempDir, until } from '../support/index.ts';
import { FlvViewer, HlsViewer, OPEN_DOMAIN, openServer } from '../support/peers.ts';

type Histories = { readonly sessions: readonly { readonly sessionId: string }[] };
type Top = {
  readonly totalBytes: number;
  readonly entries: readonly { readonly value: string; readonly bytes: number }[];
};

const reportOf = (server: Headwater, session: string) => server.api<ShowReportAnswer>(`/history/${session}/report`);
const filesIn = (dataDir: string) => readdir(join(dataDir, 'shows')).catch(() => []);

let home: Awaited<ReturnType<typeof tempDir>>;
beforeAll(async () => {
  home = await tempDir('shows');
});
afterAll(() => home?.remove());

describe('the report of a show', () => {
  let receiver: CallbackReceiver;
  let server: Headwater;
  let running: ShowReportAnswer;
  let sessions: string[] = [];
  const options = () => ({
    dataDir: join(home.path, 'data'),
    rules: {
      domains: [OPEN_DOMAIN],
      streams: [{ match: { stream: '*' }, publish: { waitSeconds: 60 } }],
      callbacks: [{ id: 'json', url: receiver.url('json'), form: 'json' as const }],
    },
  });

  /** The encoder is lost and comes back while somebody watches. */
  beforeAll(async () => {
    receiver = await CallbackReceiver.start();
    server = await startHeadwater(options());
    const first = await publishTestPicture(server, 'live/show');
    const url = `${server.playback}/live/show`;
    const viewer = await FlvViewer.open(`${url}.flv`, {
      'user-agent': 'viewer/1',
      referer: 'https://portal.example/a',
    });
    const again = await FlvViewer.open(`${url}.flv`, { 'user-agent': 'viewer/1', referer: 'https://portal.example/a' });
    const hls = await HlsViewer.open(`${url}.m3u8`);
    await until('segments', async () => hls.segments.length > 2);
    await hls.close();
    await again.close();
    await first.stop('SIGKILL');
    const second = await publishTestPicture(server, 'live/show');
    await until('two publishes', async () => {
      sessions = (await server.api<Histories>('/history')).sessions.map(({ sessionId }) => sessionId);
      return sessions.length === 2;
    });
    running = await reportOf(server, sessions[0] ?? '');
    await second.stop();
    await viewer.closed;
    await until('the end is told', async () =>
      eventsOf(receiver, 'json', 'show').some((e) => e.type === 'stream_ended'),
    );
  });

  afterAll(async () => {
    await server?.stop();
    await receiver?.down();
  });

  it('counts viewers, watch time, bytes and connections while it runs', () => {
    expect(running).toMatchObject({
      ...{ state: 'running', isPartial: false, app: 'live', stream: 'show', reconnects: 1 },
      sessionId: sessions[1],
      viewers: { peak: 3, plays: 3, unique: 2, peakByDoor: { flv: 2, hls: 1, rtmp: 0, wsFlv: 0 } },
      cost: null,
    });
    expect(running.connections).toMatchObject([{ sessionId: sessions[1], endReason: 'connection_lost' }, {}]);
    expect(running.traffic.egressBytes).toBeGreaterThan(200_000);
    expect(running.traffic.ingestBytes).toBeGreaterThan(100_000);
    expect(running.viewers.watchedSeconds).toBeGreaterThan(running.durationSeconds);
    expect(running.quality.joins.flv?.count).toBe(2);
    expect(Math.max(...running.curve.points.map(({ allViewers }) => allViewers))).toBe(3);
  });

  it('is told of in short with the end of the stream', () => {
    const ended = eventsOf(receiver, 'json', 'show').find(({ type }) => type === 'stream_ended');
    expect(ended?.data).toMatchObject({
      report: { sessionId: sessions[1], peakViewers: 3, viewers: 2, plays: 3, connections: 2, stalls: 0 },
    });
  });

  it('is the same by each of its publishes, and outlives the server', async () => {
    await until('the database has it', async () => (await filesIn(server.dataDir)).length === 0, 90_000);
    const kept = await until('every callback is delivered', async () => {
      const report = await reportOf(server, sessions[0] ?? '');
      return report.callbacks?.waiting === 0 ? report : undefined;
    });
    expect(kept).toMatchObject({ state: 'ended', endReason: 'unpublished', viewers: { peak: 3, unique: 2 } });
    expect(kept.traffic.egressBytes).toBeGreaterThan(running.traffic.egressBytes);
    expect(kept.callbacks).toMatchObject({ failed: 0, waiting: 0 });
    expect(kept.callbacks?.delivered).toBeGreaterThanOrEqual(5);
    await server.stop();
    server = await startHeadwater(options());
    const after = await until('the database is there', () =>
      reportOf(server, sessions[1] ?? '').catch(() => undefined),
    );
    expect(after).toEqual(kept);
  });

  it('ranks sites and players over a restart', async () => {
    const sites = await server.api<Top>('/usage/top?by=referer');
    expect(sites.entries.map(({ value }) => value).sort()).toEqual(['', 'portal.example']);
    const agents = await server.api<Top>('/usage/top?by=agent');
    expect(agents.entries[0]?.value).toBe('viewer/1');
    expect(agents.entries.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(agents.totalBytes);
    const addresses = await server.api<Top>('/usage/top?by=address');
    expect(addresses.entries.map(({ value }) => value)).toEqual(['127.0.0.0/24']);
  });

  it('says no to what it cannot know', async () => {
    await expect(reportOf(server, 'nobody')).rejects.toThrow(/404.*NOT_FOUND/s);
    await expect(server.api('/usage/top?by=stream&since=2020-01-01T00:00:00Z')).rejects.toThrow(/400.*OUT_OF_REACH/s);
    await expect(server.api('/usage/top?by=colour')).rejects.toThrow(/400/);
  });
});

it('a show that a crash ended has its report, without any database', async () => {
  const dataDir = join(home.path, 'crashed');
  let server = await openServer([], { dataDir });
  try {
    const publisher = await publishTestPicture(server, 'live/show');
    const viewer = await FlvViewer.open(`${server.playback}/live/show.flv`);
    const [name = ''] = await until('it is on the disk', async () => {
      const names = (await filesIn(dataDir)).filter((each) => each.endsWith('.json'));
      return names.length > 0 && names;
    });
    await server.stop('SIGKILL');
    await publisher.stop();
    await viewer.closed;
    server = await openServer([], { dataDir });
    const report = await reportOf(server, name.replace('.json', ''));
    expect(report).toMatchObject({ state: 'ended', endReason: 'crash', callbacks: null, viewers: { peak: 1 } });
    expect(report.connections).toMatchObject([{ endReason: 'crash' }]);
  } finally {
    await server.stop();
  }
});
