import { afterAll, beforeAll, expect, it } from 'vitest';
import type { RulesInput } from '../../src/rules/index.ts';
import { FlvViewer } from '../support/flv-viewer.ts';
import { type Child, type Headwater, publishTestPicture, startHeadwater, until } from '../support/index.ts';
import { type MediaPeer, mediaPeer } from '../support/media-peer.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';

type States = { transfers: { name: string; state: string; streams: Stream[] }[] };
type Stream = {
  state: string;
  stream: string;
  destination: string;
  reason?: string;
  sentBytes: number;
  failures: number;
  retryInSeconds?: number;
};

const KEY = 'secret-place?token=abcdef';
let peer: MediaPeer;
let server: Headwater;
let publisher: Child;

beforeAll(async () => {
  peer = await mediaPeer();
  server = await startHeadwater({ rules: rules() });
  publisher = await publishTestPicture(server, 'live/demo', { gop: 30 });
});

afterAll(async () => {
  await publisher?.stop();
  await server?.stop();
  await peer?.close();
});

function rules(enabled = true): RulesInput {
  const destinations = [{ name: 'peer', url: `${peer.rtmp}/live`, key: KEY }];
  return {
    domains: [OPEN_DOMAIN],
    streams: [],
    transfers: [{ name: 'on', match: { app: 'live' }, destinations, enabled }],
  };
}

async function state() {
  const { transfers } = await server.api<States>('/transfer-states');
  return transfers[0];
}

const untilSending = () => until('it sends', async () => (await state())?.streams[0]?.state === 'sending');
const pictures = (viewer: FlvViewer) => viewer.tags.filter(({ type }) => type === 'video').length;

it('pushes a stream to another server, where it plays', async () => {
  await untilSending();
  const viewer = await FlvViewer.open(`${peer.http}/live/secret-place.flv`);
  await until('pictures come', () => pictures(viewer) > 30);
  expect(viewer.tags.some(({ type }) => type === 'audio')).toBe(true);
  await viewer.close();
  const { streams = [] } = (await state()) ?? {};
  expect(streams).toMatchObject([{ stream: 'demo', destination: 'peer', state: 'sending' }]);
  expect(streams[0]?.sentBytes).toBeGreaterThan(10_000);
  await until('it is counted', async () => ((await server.metric('headwater_transferred_bytes_total')) ?? 0) > 10_000);
});

it('says why it was broken off by kill -9, and goes on when the other server is back', async () => {
  await untilSending();
  await peer.child().stop('SIGKILL');
  const broken = await until('it waits', async () => {
    const stream = (await state())?.streams[0];
    return stream?.state === 'sending' ? undefined : stream;
  });
  expect(broken.reason).toBeTruthy();
  // The longest pause that was seen ahead of each try.
  const pauses = new Map<number, number>();
  await until('it was tried again and again', async () => {
    const { failures = 0, retryInSeconds = 0 } = (await state())?.streams[0] ?? {};
    pauses.set(failures, Math.max(pauses.get(failures) ?? 0, retryInSeconds));
    return failures > 4;
  });
  for (const [failures, seconds] of [
    [2, 1],
    [3, 2],
    [4, 4],
  ] as const) {
    expect(pauses.get(failures)).toBeGreaterThan(seconds / 2);
    expect(pauses.get(failures)).toBeLessThanOrEqual(seconds);
  }
  await peer.start();
  await untilSending();
  const viewer = await FlvViewer.open(`${peer.http}/live/secret-place.flv`);
  await until('pictures come', () => pictures(viewer) > 10);
  console.log(`another server away: ahead of its tries ${[...pauses.values()].join(', ')} s, then pictures again`);
  await viewer.close();
});

it('shows its key to nobody who may not see keys, and writes it into no log', async () => {
  const user = { name: 'viewer', password: 'correct horse battery', grants: [{ role: 'monitor' }] };
  const headers = { 'content-type': 'application/json' };
  await server.api('/users', { method: 'POST', headers, body: JSON.stringify(user) });
  const body = JSON.stringify({ user: user.name, password: user.password });
  const login = await fetch(`http://127.0.0.1:${server.controlPort}/api/v1/login`, { method: 'POST', headers, body });
  const cookie = login.headers
    .getSetCookie()
    .map((each) => each.split(';', 1)[0])
    .join('; ');
  const seen = await fetch(`http://127.0.0.1:${server.controlPort}/api/v1/transfers`, { headers: { cookie } });
  const text = await seen.text();
  expect([seen.status, text.includes('abcdef'), text.includes('hidden_by_permission')]).toEqual([200, false, true]);
  expect(await server.api('/transfers/on')).toMatchObject({ destinations: [{ key: KEY }] });
  expect(server.child.stdout()).not.toContain('abcdef');
});

it('ends when the rule is switched off, and with the stream', async () => {
  await server.setRules(rules(false));
  await until('it is off', async () => (await state())?.state === 'off');
  await server.setRules(rules());
  await untilSending();
  await publisher.stop('SIGINT');
  await until('it is idle', async () => (await state())?.state === 'idle');
});
