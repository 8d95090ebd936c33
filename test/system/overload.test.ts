import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDescriptors } from '../support/descriptors.ts';
import { FlvViewer } from '../support/flv-viewer.ts';
import { type Headwater, publishTestPicture, startHeadwater, until } from '../support/index.ts';
import { SMALL_TEMPLATES, untilRendition } from '../support/ladder.ts';
import { NO_DATABASE, OPEN_DOMAIN } from '../support/open-server.ts';
import { RtmpPublisher, type RtmpRefused } from '../support/rtmp-publisher.ts';
import { view } from '../support/viewer-doors.ts';

let server: Headwater;
const agent = new Agent({ keepAlive: true, maxSockets: 600, maxFreeSockets: 600 });

beforeAll(async () => {
  const transcode = { templates: ['small', 'slow', 'tiny'], eager: ['small', 'slow'] };
  server = await startHeadwater({
    rules: {
      domains: [OPEN_DOMAIN],
      streams: [{ match: { stream: 'full' }, transcode }],
      templates: SMALL_TEMPLATES,
      alarmPolicies: [{ name: 'OVERLOADED', holdSeconds: 0 }],
    },
    env: { ...NO_DATABASE, HEADWATER_OVERLOAD_DESCRIPTORS_PERCENT: '80' },
  });
}, 180_000);
afterAll(async () => {
  agent.destroy();
  await server?.stop();
});

type Load = { level: string; reason?: string; without: string[]; measures: { resource: string; level: string }[] };
const load = () => server.api<Load>('/load');
const publish = (name: string) => RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}` });
const refusal = async (name: string) =>
  ((await publish(name).catch((error: unknown) => error)) as RtmpRefused).statuses.at(-1);

/** Connections that rest, so that one more or less is no percent. */
async function fillUp(count: number): Promise<void> {
  const one = async () => {
    const request = get(`${server.playback}/nothing`, { agent });
    const [response] = await once(request, 'response');
    await once(response.resume(), 'end');
  };
  await Promise.all(Array.from({ length: count }, one));
}

/** The server may open so many descriptors that those it has are so many percent. */
async function limitTo(percent: number, level: string): Promise<void> {
  const pid = server.child.process.pid ?? 0;
  const most = Math.floor((100 * (await openDescriptors(pid))) / percent);
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${most}:`]);
  await until(`level ${level}`, async () => (await load()).level === level);
}

it('does without one thing after the other before it hurts who is there, and never sends a publisher away', async () => {
  const publisher = await publishTestPicture(server, 'live/full', { gop: 30 });
  const viewer = await FlvViewer.open(`${server.playback}/live/full.flv`);
  const lazy = await FlvViewer.open(`${server.playback}/live/full_tiny.flv`);
  for (const rung of ['small', 'slow', 'tiny']) await untilRendition(server, 'full', rung, 'live');
  await fillUp(600);
  expect(await load()).toMatchObject({ level: 'normal', without: [], measures: [{ resource: 'descriptors' }] });

  await limitTo(88.5, 'lazy-renditions');
  const shed = await untilRendition(server, 'full', 'tiny', 'shed');
  expect(shed.reason).toMatch(/^the server is busy: \d+ of \d+ descriptors are open/);
  await lazy.closed;
  await untilRendition(server, 'full', 'small', 'live');

  await limitTo(91.5, 'top-renditions');
  await untilRendition(server, 'full', 'small', 'shed');
  await untilRendition(server, 'full', 'slow', 'live');

  await limitTo(95, 'new-viewers');
  const seen = viewer.tags.length;
  const flv = await fetch(`${server.playback}/live/full.flv`);
  expect([flv.status, flv.headers.get('retry-after')]).toEqual([503, '5']);
  expect(await flv.json()).toMatchObject({ code: 'OVERLOADED', title: expect.stringContaining('descriptors') });
  const hls = await fetch(`${server.playback}/live/full.m3u8`);
  expect([hls.status, hls.headers.get('retry-after')]).toEqual([503, '5']);
  expect((await view(server, 'rtmp', { name: 'live/full' })).answer).not.toBe('playing');
  const second = await publish('second');

  await limitTo(98.5, 'new-publishers');
  expect(await refusal('third')).toMatchObject({
    code: 'NetStream.Publish.Denied',
    description: expect.stringContaining('server is busy'),
  });
  await second.drop();
  const back = await publish('second');
  expect(back.isClosed).toBe(false);
  await until('the viewer has more', () => viewer.tags.length > seen + 100);
  expect(viewer.isClosed).toBe(false);
  expect(publisher.process.exitCode).toBeNull();
  expect((await load()).without).toEqual([
    ...['previews', 'new-renditions', 'lazy-renditions', 'top-renditions', 'new-viewers', 'new-publishers'],
  ]);
  expect(await server.metric('headwater_load_level')).toBe(6);
  type Alarms = { alarms: { code: string; sentence: string }[] };
  const raised = await until('the alarm', async () =>
    (await server.api<Alarms>('/alarms')).alarms.find(({ code }) => code === 'OVERLOADED'),
  );
  expect(raised.sentence).toMatch(/does without something: .*as \d+ of \d+ descriptors are open/);
  console.log(`6 levels: the first viewer has ${viewer.tags.length} tags, 0 publishers sent away`);
  await back.drop();
  await publisher.stop();
}, 180_000);
