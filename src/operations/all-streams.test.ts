import { describe, expect, it } from 'vitest';
import type { Peers } from '../cluster/index.ts';
import { AllStreams, type StreamsOfNode } from './all-streams.ts';
import type { StreamOverview, WatchedName } from './stream-overview.ts';

const ADDRESSES = { host: 'one.example.com', rtmpPort: 1935, playbackPort: 8080, controlPort: 8090 };
const ID = { domain: 'default', app: 'live', name: 'demo' };
const flv = (count: number) => ({ flv: count, wsFlv: 0, rtmp: 0, hls: 0 });
const watched = (name: string, count: number): WatchedName => ({ ...ID, name, viewers: flv(count) });

function stream(name: string, viewers: number): StreamOverview {
  const urls = { flv: 'http://elsewhere/', hls: '', rtmp: '', page: '' };
  const small = { template: 'small', name: `${name}_small`, viewers: flv(1), urls };
  const overview = { ...ID, name, viewers: flv(viewers), urls, transcoding: { renditions: [small] } };
  return overview as unknown as StreamOverview;
}

/** This node, beside one that answers and one that does not. */
function nodes(
  two: StreamsOfNode,
  here: { own?: StreamOverview[]; copy?: StreamOverview; watched?: WatchedName[] } = {},
) {
  const { own = [], copy } = here;
  let [nowMs, asked] = [0, 0];
  const askAll = async () => {
    asked++;
    return { answers: [{ peer: { nodeId: 'n2', name: 'two', address: '' }, answer: two }], missing: ['three'] };
  };
  const all = new AllStreams({
    own: () => own,
    findOwn: ({ name }) => own.find((each) => each.name === name) ?? copy,
    isCopy: () => copy !== undefined,
    watched: () => here.watched ?? [],
    addresses: () => ADDRESSES,
    nowMs: () => nowMs,
    others: { self: 'one', peers: { askAll: askAll as unknown as Peers['askAll'] } },
  });
  return { all, asked: () => asked, advance: (ms: number) => (nowMs += ms) };
}

describe('AllStreams', () => {
  it('has the streams of all nodes, with the viewers of all and addresses of its own', async () => {
    const here = { own: [stream('other', 0)], watched: [watched('demo', 2), watched('demo_small', 4)] };
    const { all } = nodes({ streams: [stream('demo', 3)], watched: [watched('demo', 3), watched('other', 5)] }, here);
    const { streams, missing } = await all.list();
    expect(missing).toEqual(['three']);
    expect(streams.map(({ name, node, viewers }) => [name, node, viewers.flv])).toEqual([
      ['other', 'one', 5],
      ['demo', 'two', 5],
    ]);
    expect(streams[1]?.urls.flv).toContain('one.example.com');
    expect(streams[1]?.transcoding?.renditions[0]?.viewers.flv).toBe(5);
    expect((await all.find(ID))?.viewers.flv).toBe(5);
  });

  it('is the same list for a second, so that many who look cost what one does', async () => {
    const { all, asked, advance } = nodes({ streams: [stream('demo', 3)], watched: [] });
    const first = await all.list();
    advance(999);
    expect(await all.list()).toBe(first);
    advance(1);
    expect(await all.list()).not.toBe(first);
    expect(asked()).toBe(2);
  });

  it('shows a copy as it is here where its node says nothing, and never tells others of it as its own', async () => {
    const copy = stream('demo', 1);
    const { all } = nodes({ streams: [], watched: [] }, { copy, watched: [watched('demo', 1), watched('other', 1)] });
    expect(await all.find(ID)).toBe(copy);
    expect(all.tellOf(ID)).toEqual({ streams: [], watched: [watched('demo', 1)] });
  });
});
