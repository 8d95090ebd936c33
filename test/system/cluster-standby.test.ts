import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseMediaPlaylist } from '../../src/protocol/m3u8/index.ts';
import { openCluster, type TestCluster } from '../support/cluster.ts';
import { type Headwater, until } from '../support/index.ts';
import { SMALL_TEMPLATES } from '../support/ladder.ts';
import { mediaPlaylistOf } from '../support/media-playlist.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';

const NAMES = ['one', 'two', 'three'] as const;
const LONGEST_MS = 60_000;
/** A lazy rendition runs on for 30 s without viewers; segments are of 2 s. */
const SEGMENTS_UNTIL_IT_WOULD_HAVE_STOPPED = 18;
const match = (stream: string) => ({ domain: 'default', app: 'live', stream });
const nodes: Headwater[] = [];
let cluster: TestCluster;

beforeAll(async () => {
  cluster = await openCluster('cluster-standby', {
    rules: {
      domains: [OPEN_DOMAIN],
      templates: SMALL_TEMPLATES,
      streams: [
        { match: { stream: 'rungs' }, transcode: { templates: ['small'] } },
        // A node takes a while to begin anew.
        { match: { stream: 'again' }, publish: { waitSeconds: 60 } },
      ],
    },
    endBy: 'SIGKILL',
  });
  for (const name of NAMES) nodes.push(await cluster.run(name));
}, 120_000);

afterAll(() => cluster?.close());

const copiesAt = (node: Headwater) => node.metric('headwater_copies{state="receiving"}');
const playlistAt = async (node: Headwater, name: string) =>
  parseMediaPlaylist(await mediaPlaylistOf(`${node.playback}/live/${name}.m3u8`));
const lastOf = ({ mediaSequence = 0, segments }: ReturnType<typeof parseMediaPlaylist>) =>
  mediaSequence + segments.length - 1;

/** Segments of before are listed as they were, and the next numbers follow them. */
async function expectGoesOn(at: Headwater, name: string, last: number): Promise<void> {
  const address = `${at.playback}/live/${name}.m3u8`;
  await until('it plays', async () => (await fetch(address, { method: 'HEAD' })).ok, LONGEST_MS);
  const playlist = await playlistAt(at, name);
  expect(playlist.mediaSequence).toBeLessThanOrEqual(last);
  expect(lastOf(playlist)).toBeLessThan(last + 10);
}

describe('what runs for its viewers only', () => {
  it('goes on for those of another node, and no longer', async () => {
    const [one, two] = nodes as [Headwater, Headwater];
    const encoder = cluster.push(one, 'rungs');
    await until('the stream is there', async () => (await one.metric('headwater_streams{state="publishing"}')) === 1);
    const viewer = await cluster.watch(two, 'rungs_small');
    await until('it would have stopped', () => viewer.segments.length > SEGMENTS_UNTIL_IT_WOULD_HAVE_STOPPED, 90_000);
    const stopped = () => one.metric('headwater_ladder_events_total{event="ended",template="small"}');
    const kinds = async () => {
      const { events } = await cluster.ask<{ events: { kind: string }[] }>(one, '/events?limit=100');
      return events.map(({ kind }) => kind).filter((kind) => kind.startsWith('rendition_'));
    };
    expect(await stopped()).toBeUndefined();
    expect(await kinds()).toEqual(['rendition_started']);
    await viewer.close();
    await until('it stops', async () => (await kinds()).includes('rendition_stopped'), 120_000);
    await encoder.stop('SIGINT');
    await until('nothing is copied', async () => (await Promise.all(nodes.map(copiesAt))).every((count) => !count));
  }, 300_000);
});

describe('a stream that nobody watches at other nodes', () => {
  it('goes on behind its last segment at whichever its encoder comes to when its node dies', async () => {
    const [one, ...others] = nodes as [Headwater, Headwater, Headwater];
    const encoder = cluster.push(one, match('demo').stream);
    const viewer = await cluster.watch(one);
    await until('one of them stands by', async () => (await Promise.all(others.map(copiesAt))).some(Boolean));
    await until('some segments are there', () => viewer.segments.length > 5, LONGEST_MS);
    const last = lastOf(await playlistAt(one, 'demo'));
    const standby = (await Promise.all(others.map(copiesAt))).findIndex((count) => (count ?? 0) > 0);
    await one.child.stop('SIGKILL');
    await encoder.stop('SIGKILL');
    await until('its copy lacks the end of the last segment', async () =>
      (await mediaPlaylistOf(`${others[standby]?.playback}/live/demo.m3u8`)).includes('#EXT-X-GAP'),
    );
    const next = others[1 - standby] as Headwater;
    cluster.push(next, 'demo');
    await until('it has the stream', async () => (await next.metric('headwater_streams{state="publishing"}')) === 1);
    await expectGoesOn(next, 'demo', last);
  }, 300_000);

  it('goes on behind it at the node that died, once that is there again', async () => {
    const one = await cluster.run('one');
    const encoder = cluster.push(one, 'again');
    const viewer = await cluster.watch(one, 'again');
    await until('some segments are there', () => viewer.segments.length > 5, LONGEST_MS);
    const last = lastOf(await playlistAt(one, 'again'));
    await one.child.stop('SIGKILL');
    await encoder.stop('SIGKILL');
    const anew = await cluster.run('one');
    cluster.push(anew, 'again');
    await until('it has the stream', async () => (await anew.metric('headwater_streams{state="publishing"}')) === 1);
    await expectGoesOn(anew, 'again', last);
  }, 300_000);
});
