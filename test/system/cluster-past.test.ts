import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMediaPlaylist, parseMultivariantPlaylist } from '../../src/protocol/m3u8/index.ts';
import { openCluster, type TestCluster } from '../support/cluster.ts';
import { type Headwater, until } from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';

const RULES = {
  domains: [OPEN_DOMAIN],
  streams: [
    {
      match: {},
      hls: { segmentSeconds: 1, windowSegments: 3 },
      publish: { secondPublisher: 'takeover' as const },
      timeShift: { enabled: true, nearSeconds: 0 },
      snapshot: { enabled: true, everySeconds: 5 },
    },
  ],
};
let cluster: TestCluster;
let one: Headwater;
let two: Headwater;

beforeAll(async () => {
  cluster = await openCluster('cluster-past', { rules: RULES });
  [one, two] = [await cluster.run('one'), await cluster.run('two')];
  push(one);
  for (const node of [one, two]) {
    await until('it plays', async () => (await fetch(at(node, 'demo.m3u8'), { method: 'HEAD' })).ok);
  }
}, 300_000);

afterAll(() => cluster?.close());

const push = (to: Headwater) => cluster.push(to, 'demo', { fps: 20, gop: 20, size: '160x90', bitrate: '80k' });

const at = (node: Headwater, path: string) => `${node.playback}/live/${path}`;

/** A stretch of the past: the playlist's address on a node, and the segments that it lists. */
async function stretch(node: Headwater, fromMs: number, toMs: number) {
  const range = `aliyunols=on&lhs_start_unix_ms_0=${fromMs}&lhs_vodend_unix_ms_0=${toMs}`;
  const url = at(node, `demo.m3u8?${range}`);
  const answer = await fetch(url);
  if (answer.status !== 200) return undefined;
  const [variant] = parseMultivariantPlaylist(await answer.text()).variants;
  const playlistUrl = new URL(variant?.uri ?? '', url).href;
  const playlist = await fetch(playlistUrl);
  const { segments } = parseMediaPlaylist(await playlist.text());
  return { playlistUrl, names: segments.map(({ uri }) => uri) };
}

async function bytesAt(url: string): Promise<Buffer> {
  const answer = await fetch(url);
  expect([url, answer.status]).toEqual([url, 200]);
  return Buffer.from(await answer.arrayBuffer());
}

describe('a node that copies a stream', () => {
  let fromMs = 0;

  it('plays its past, which the owner keeps, in the same bytes', async () => {
    const first = Date.now();
    const there = await until('a stretch of the past is there', async () => {
      const found = await stretch(two, first, Date.now());
      return found && found.names.length >= 6 ? found : undefined;
    });
    fromMs = first;
    const atOwner = there.playlistUrl.replace(two.playback, one.playback);
    let compared = 0;
    for (const name of there.names) {
      const bytes = await bytesAt(new URL(name, there.playlistUrl).href);
      expect(bytes.equals(await bytesAt(new URL(name, atOwner).href))).toBe(true);
      expect(bytes.length).toBeGreaterThan(1000);
      compared += bytes.length;
    }
    console.log(`the past elsewhere: ${there.names.length} segments, ${compared} bytes the same as the owner's`);
    expect(await two.metric('headwater_streams{state="publishing"}')).toBe(0);
  });

  it('lets nobody in to it who may not', async () => {
    const { playlistUrl = '', names = [] } = (await stretch(two, fromMs, fromMs + 3000)) ?? {};
    const forged = new URL(names[0] ?? '', playlistUrl.replace(/~[0-9A-Za-z]/, '~-')).href;
    expect((await fetch(forged)).status).toBe(403);
  });

  it('gives its pictures and says what times there are', async () => {
    const picture = await until('there is a picture', async () => {
      const answer = await fetch(at(two, 'demo.jpg'));
      return answer.status === 200 ? Buffer.from(await answer.arrayBuffer()) : undefined;
    });
    expect(picture.subarray(0, 2)).toEqual(Buffer.of(0xff, 0xd8));
    const now = Math.floor(Date.now() / 1000);
    const query = `app=live&stream=demo&start_time=${now - 60}&end_time=${now}`;
    const timelines = [one, two].map(async (node) => {
      const answer = await fetch(`${node.playback}/openapi/timeline/query?${query}`);
      return [answer.status, ((await answer.text()).match(/\d{10}/g) ?? [])[0]];
    });
    const [ours, theirs] = await Promise.all(timelines);
    expect(theirs).toEqual(ours);
    expect(ours?.[1]).toBeDefined();
  });

  it('clips a moment, and shows the clip', async () => {
    const made = await fetch(at(two, 'demo/clip?seconds=30'), { method: 'POST' });
    expect(made.status).toBe(201);
    const { id } = (await made.json()) as { id: string };
    const shown = await until('it is made', async () => {
      const answer = await fetch(at(two, `demo/clips/${id}.json`));
      const clip = (await answer.json()) as { state: string };
      return clip.state === 'making' ? undefined : clip;
    });
    expect(shown).toEqual({ ...shown, id, state: 'ready' });
    expect((await fetch(at(two, 'demo/clips/none.mp4'))).status).toBe(404);
  });

  it('that took it over has what the former owner keeps, as long as that lives', async () => {
    const toMs = Date.now() - 4000;
    push(two);
    await until('it is published here', async () => (await two.metric('headwater_streams{state="publishing"}')) === 1);
    await until('and there no more', async () => (await one.metric('headwater_streams{state="publishing"}')) === 0);
    const before = await stretch(two, fromMs, toMs);
    expect(before?.names.length).toBeGreaterThan(0);
    for (const name of before?.names ?? []) {
      expect((await bytesAt(new URL(name, before?.playlistUrl).href)).length).toBeGreaterThan(1000);
    }
    console.log(`taken over: ${before?.names.length} segments of the former owner's past`);
  });
});
