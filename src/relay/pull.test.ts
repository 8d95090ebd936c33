import { describe, expect, it } from 'vitest';
import { Pull, type PullOverview } from './pull.ts';
import { PICTURE, testRelay } from './test-relay.ts';

const ID = { domain: 'default', app: 'live', name: 'demo' };
const URLS = ['rtmp://one.test/a/b', 'rtmp://two.test/a/b'];

function opened(urls: readonly string[] = URLS, blocked?: string) {
  const relay = testRelay();
  relay.block(blocked);
  const changes: PullOverview[] = [];
  const { clock, entrance, open } = relay;
  const onChange = (overview: PullOverview) => changes.push(overview);
  const pull = new Pull({
    role: 'main',
    name: 'demo',
    id: ID,
    urls,
    clock,
    entrance,
    open,
    onChange,
  });
  return { ...relay, pull, changes };
}

describe('a pull', () => {
  it('enters with the first picture, after what its source said of itself', () => {
    const { pull, last, heard, entries } = opened();
    last().listener.onMedia({ ...PICTURE, kind: 'data' });
    expect([pull.overview().state, entries.length]).toEqual(['connecting', 0]);
    last().listener.onMedia(PICTURE);
    expect([pull.overview().state, heard]).toEqual(['live', ['data', 'video']]);
  });

  it('takes the next source at once, and rests longer and longer when all have failed', () => {
    const { pull, last, urls, clock } = opened();
    last().listener.onClosed('refused');
    expect(pull.overview()).toMatchObject({ state: 'waiting', source: 2, reason: 'refused' });
    clock.advance(300);
    expect(urls()).toEqual(URLS);
    const rests = [500, 1000, 2000];
    for (const rest of rests) {
      last().listener.onClosed('refused');
      expect(pull.overview()).toMatchObject({ source: 1, retryInMs: rest });
      clock.advance(rest);
      last().listener.onClosed('refused');
      clock.advance(300);
    }
    expect(urls().length).toBe(2 + 2 * rests.length);
  });

  it('gives a source up that gives nothing', () => {
    const { pull, clock, sources } = opened();
    clock.advance(14_999);
    expect(pull.overview()).toMatchObject({ state: 'connecting', source: 1 });
    clock.advance(1);
    expect([pull.overview().source, sources[0]?.isClosed]).toEqual([2, true]);
  });

  it('asks the first source again when one that was live is lost, and keeps the viewers', () => {
    const { last, clock, heard, urls } = opened();
    last().listener.onClosed('refused');
    clock.advance(300);
    last().listener.onMedia(PICTURE);
    clock.advance(60_000);
    last().listener.onClosed('gone');
    expect(heard).toEqual(['video', 'lost']);
    clock.advance(500);
    expect(urls().at(-1)).toBe(URLS[0]);
  });

  it('waits while something is in the way, and hears nothing more of a source that was dismissed', () => {
    const { pull, last, clock, block, entries, heard, sources } = opened(URLS, 'the stream is blocked');
    expect([pull.overview().reason, sources.length]).toEqual(['the stream is blocked', 0]);
    block(undefined);
    clock.advance(3000);
    last().listener.onMedia(PICTURE);
    entries[0]?.dismissed('KICKED');
    expect(pull.overview()).toMatchObject({ state: 'waiting', reason: 'ended here: KICKED' });
    expect(last().isClosed).toBe(true);
    last().listener.onMedia(PICTURE);
    last().listener.onClosed('late');
    expect(heard).toEqual(['video']);
    clock.advance(10_000);
    expect([pull.overview().state, sources.length]).toEqual(['connecting', 2]);
  });

  it('takes a source that falls silent for lost', () => {
    const { pull, last, entries } = opened();
    last().listener.onMedia(PICTURE);
    entries[0]?.dismissed('IDLE');
    expect(pull.overview()).toMatchObject({ state: 'waiting', source: 1, reason: 'it sends nothing any more' });
  });

  it('keeps what comes while another node is asked whether it takes the stream', async () => {
    const { pull, last, heard, enterAfter } = opened();
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    enterAfter(asked);
    last().listener.onMedia({ ...PICTURE, kind: 'data' });
    last().listener.onMedia(PICTURE);
    last().listener.onMedia({ ...PICTURE, kind: 'audio' });
    expect([pull.overview().state, heard]).toEqual(['connecting', []]);
    answer();
    await asked.then(() => {});
    expect([pull.overview().state, heard]).toEqual(['live', ['data', 'video', 'audio']]);
  });

  it('lets go of a way in that opens too late', async () => {
    const { pull, last, heard, enterAfter } = opened();
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    enterAfter(asked);
    last().listener.onMedia(PICTURE);
    pull.close();
    answer();
    await asked.then(() => {});
    expect(heard).toEqual(['lost']);
  });

  it('ends its publish, and leaves no timer behind', () => {
    const { pull, last, heard, clock } = opened();
    last().listener.onMedia(PICTURE);
    pull.close();
    expect([heard.at(-1), last().isClosed, clock.pendingTimers]).toEqual(['unpublish', true, 0]);
    const waiting = opened();
    waiting.last().listener.onClosed('refused');
    waiting.pull.close();
    expect(waiting.clock.pendingTimers).toBe(0);
  });
});
