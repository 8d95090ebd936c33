import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MadeFlv, makeFlv } from '../support/flv-file.ts';
import { FlvViewer } from '../support/flv-viewer.ts';
import { freePort } from '../support/free-port.ts';
import { HlsViewer } from '../support/hls-viewer.ts';
import { type Headwater, startHeadwater, until } from '../support/index.ts';
import { NO_DATABASE } from '../support/open-server.ts';
import { RtmpPlayer } from '../support/rtmp-player.ts';
import { playForEver, RtmpPublisher } from '../support/rtmp-publisher.ts';
import { Scrape } from '../support/scrape.ts';

const TOKEN = 'metrics-token-0123456789';
const SECRET_NAME = 'name-of-a-stream';

let server: Headwater;
let flv: MadeFlv;
let metricsUrl: string;

const scrape = () => Scrape.of(metricsUrl, { authorization: `Bearer ${TOKEN}` });
const control = (path: string) => fetch(`http://127.0.0.1:${server.controlPort}${path}`);

beforeAll(async () => {
  const port = await freePort();
  metricsUrl = `http://127.0.0.1:${port}/metrics`;
  flv = await makeFlv({ seconds: 4, gop: 30, size: '320x180' });
  server = await startHeadwater({
    rules: { streams: [{ match: {}, publish: { waitSeconds: 0 } }] },
    env: { ...NO_DATABASE, HEADWATER_METRICS_PORT: String(port), HEADWATER_METRICS_BEARER_TOKEN: TOKEN },
  });
});

afterAll(async () => {
  await server?.stop();
  await flv?.remove();
});

describe('metrics', () => {
  it('need their token, on their own port and on the control port', async () => {
    const onControl = `http://127.0.0.1:${server.controlPort}/metrics`;
    for (const url of [metricsUrl, onControl]) {
      expect((await fetch(url)).status).toBe(401);
      expect((await fetch(url, { headers: { authorization: 'Bearer wrong' } })).status).toBe(401);
      expect((await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } })).status).toBe(200);
    }
    expect((await fetch(metricsUrl.replace('/metrics', '/api/v1/streams'))).status).toBe(404);
    // For load balancers, without the reasons.
    expect((await fetch(metricsUrl.replace('/metrics', '/healthz'))).status).toBe(200);
    const ready = await fetch(metricsUrl.replace('/metrics', '/readyz'));
    expect([ready.status, await ready.json()]).toEqual([200, { status: 'degraded' }]);
  });

  it('warn of settings that are weak', async () => {
    expect((await scrape()).sum('weak_settings', { code: 'NO_DATABASE' })).toBe(1);
    expect((await scrape()).sum('weak_settings', { code: 'PLAY_OPEN' })).toBe(0);
  });

  it('are found by service discovery', async () => {
    const targets = await (await control('/metrics/sd')).json();
    const { port } = new URL(metricsUrl);
    expect(targets).toEqual([{ targets: [`127.0.0.1:${port}`], labels: { job: 'headwater' } }]);
  });

  it('say what publishers and viewers did, and nothing of who they were', async () => {
    const path = `live/${SECRET_NAME}`;
    await expect(RtmpPublisher.open({ port: server.rtmpPort, path })).rejects.toThrow();
    await expect(FlvViewer.open(`${server.playback}/live/nobody.flv`)).rejects.toThrow('404');
    const publisher = await RtmpPublisher.open({
      port: server.rtmpPort,
      path: `${path}?key=${server.secrets.streamKey}`,
    });
    const playing = playForEver(publisher, flv.tags);
    await expect(
      RtmpPublisher.open({ port: server.rtmpPort, path: `${path}?key=${server.secrets.streamKey}` }),
    ).rejects.toThrow();
    const viewers = [
      await FlvViewer.open(`${server.playback}/${path}.flv`),
      await FlvViewer.open(`${server.playback}/${path}.flv`),
    ];
    const player = await RtmpPlayer.open({ port: server.rtmpPort, path });
    const hls = await HlsViewer.open(`${server.playback}/${path}.m3u8`);

    await until('all viewers are counted', async () => {
      const now = await scrape();
      const counts = ['flv', 'ws-flv', 'rtmp', 'hls'].map((protocol) => now.sum('viewers', { protocol }));
      return counts.join() === '2,0,1,1';
    });
    let bytes = 0;
    for (const { response } of viewers) response.on('data', (data: Uint8Array) => (bytes += data.length));
    const before = await scrape();
    const bytesBefore = bytes;
    await until('some seconds are seen', () => viewers.every(({ tags }) => tags.length > 400), 60_000);
    const now = await scrape();
    const counted = now.sum('delivered_bytes_total', { protocol: 'flv' });
    const deliveredBefore = before.sum('delivered_bytes_total', { protocol: 'flv' });
    // What is on its way is counted on one side only, and on a busy machine that may be seconds.
    await until('as many bytes are counted as came', async () => {
      const delivered = (await scrape()).sum('delivered_bytes_total', { protocol: 'flv' }) - deliveredBefore;
      return Math.abs(delivered - (bytes - bytesBefore)) < 0.3 * (bytes - bytesBefore);
    });
    expect(now.sum('delivered_bytes_total', { protocol: 'rtmp' })).toBeGreaterThan(counted * 0.3);
    expect(now.sum('delivered_bytes_total', { protocol: 'hls' })).toBeGreaterThan(0);
    expect(now.sum('ingest_bytes_total')).toBeGreaterThan(counted * 0.3);
    expect(now.sum('streams', { state: 'publishing' })).toBe(1);

    expect(now.sum('publishes_total', { result: 'accepted' })).toBe(1);
    expect(now.sum('publishes_total', { result: 'STREAM_BUSY' })).toBe(1);
    expect(now.sum('publishes_total')).toBe(3);
    expect(now.sum('plays_total', { protocol: 'flv', result: 'accepted' })).toBe(2);
    expect(now.sum('plays_total', { protocol: 'rtmp', result: 'accepted' })).toBe(1);
    expect(now.sum('plays_total', { protocol: 'hls', result: 'accepted' })).toBe(1);
    expect(now.sum('plays_total', { protocol: 'flv' })).toBe(3);
    expect(now.sum('rtmp_connections_ended_total', { reason: 'REFUSED' })).toBe(2);

    // A key frame each second, and parts of at most 300 ms.
    expect(now.sum('gop_seconds_count')).toBeGreaterThan(3);
    expect(now.sum('gop_seconds_bucket', { le: '0.5' })).toBe(0);
    expect(now.sum('gop_seconds_bucket', { le: '2' })).toBe(now.sum('gop_seconds_count'));
    expect(now.sum('part_seconds_count')).toBeGreaterThan(now.sum('gop_seconds_count') * 2);
    expect(now.sum('part_seconds_bucket', { le: '0.35' })).toBe(now.sum('part_seconds_count'));
    for (const [protocol, count] of Object.entries({ flv: 2, rtmp: 1, hls: 1 })) {
      expect(now.sum('join_seconds_count', { protocol })).toBe(count);
    }
    expect(now.sum('database_up')).toBe(0);
    expect(now.sum('journal_up')).toBe(1);

    await hls.close();
    await viewers[0]!.close();
    await until('a viewer less', async () => (await scrape()).sum('viewers', { protocol: 'flv' }) === 1);
    await playing.stop();
    await publisher.unpublish();
    await Promise.all([viewers[1]!.closed, player.closed]);
    await until('nobody is left', async () => {
      const last = await scrape();
      return last.sum('viewers', { protocol: 'flv' }) + last.sum('viewers', { protocol: 'rtmp' }) === 0;
    });
    await until('all ends are counted', async () => (await scrape()).sum('rtmp_connections_ended_total') >= 4);
    const last = await scrape();
    expect(last.sum('streams')).toBe(0);
    expect(last.sum('rtmp_connections_ended_total', { reason: 'STREAM_ENDED' })).toBe(1);
    expect(last.sum('rtmp_connections_ended_total', { reason: 'CLOSED_BY_PEER' })).toBe(1);
    expect(last.sum('rtmp_connections_ended_total')).toBe(4);

    for (const hidden of [SECRET_NAME, 'nobody', server.secrets.streamKey, '127.0.0.1']) {
      expect(last.text).not.toContain(hidden);
    }
    expect(last.series.length).toBeLessThan(500);
  });

  it('count the viewers that a change of the rules ends', async () => {
    const path = 'live/revoked';
    const publisher = await RtmpPublisher.open({
      port: server.rtmpPort,
      path: `${path}?key=${server.secrets.streamKey}`,
    });
    const playing = playForEver(publisher, flv.tags);
    const viewer = await FlvViewer.open(`${server.playback}/${path}.flv`);
    await until('it is counted', async () => (await scrape()).sum('viewers', { protocol: 'flv' }) === 1);
    const watching = (await scrape()).sum('viewers');
    await server.setRules({
      domains: [
        {
          name: 'default',
          push: { auth: { type: 'no_auth' } },
          play: { ip: { mode: 'deny', list: ['127.0.0.1'] } },
        },
      ],
    });
    await viewer.closed;
    // The HLS session of the test before may not have lapsed yet.
    const revoked = (await scrape()).sum('viewers_closed_total', { reason: 'REVOKED' });
    expect(revoked).toBeGreaterThanOrEqual(1);
    expect(revoked).toBeLessThanOrEqual(watching);
    await playing.stop();
    await publisher.drop();
  });
});

describe('health', () => {
  it('is alive, and ready to say what is missing', async () => {
    const healthz = await control('/healthz');
    expect([healthz.status, await healthz.text()]).toEqual([200, 'ok\n']);
    const readyz = await control('/readyz');
    expect(await readyz.json()).toMatchObject({
      status: 'degraded',
      database: { state: 'unavailable', reason: expect.any(String) },
      journal: { state: 'ok' },
    });
  });
});
