import { describe, expect, it } from 'vitest';
import { objectSchemas, type PullRule } from '../rules/index.ts';
import { Pulls } from './pulls.ts';
import { PICTURE, testRelay } from './test-relay.ts';

const SOURCES = [{ url: 'rtmp://a.test/{app}/{stream}' }];
const always = rule({ name: 'always', match: { domain: 'default', app: 'live', stream: 'demo' } });
const lazy = rule({ name: 'lazy', mode: 'lazy', match: { app: 'stage' }, maxStreams: 2 });
const stage = (name: string) => ({ domain: 'default', app: 'stage', name });

function rule(given: object): PullRule {
  return objectSchemas.pulls.parse({ sources: SOURCES, ...given });
}

function opened(first: readonly PullRule[], isOurs = true) {
  const relay = testRelay();
  const { clock, entrance, open } = relay;
  const state = { rules: first, viewers: 0, isOurs };
  const pulls = new Pulls({
    ...{ clock, entrance, open, onChange: () => {}, rules: () => state.rules, viewersOf: () => state.viewers },
    claims: { want: () => {}, isOurs: () => state.isOurs },
  });
  return { ...relay, pulls, state, stateOf: () => pulls.statuses().map((each) => each.state) };
}

describe('pulls', () => {
  it('fetch what is always fetched on the node that has it, and give it away', () => {
    const { state, urls, clock, stateOf, last } = opened([always], false);
    expect([urls(), stateOf()]).toEqual([[], ['elsewhere']]);
    state.isOurs = true;
    clock.advance(1000);
    expect([urls(), stateOf()]).toEqual([['rtmp://a.test/live/demo'], ['running']]);
    state.isOurs = false;
    clock.advance(1000);
    expect([last().isClosed, stateOf()]).toEqual([true, ['elsewhere']]);
  });

  it('follow their rules and their time', () => {
    const { pulls, state, urls, clock, stateOf, last } = opened([always]);
    state.rules = [{ ...always, sources: [{ url: 'rtmp://b.test/x/y' }] }];
    pulls.reconcile();
    expect(urls()).toEqual(['rtmp://a.test/live/demo', 'rtmp://b.test/x/y']);
    state.rules = [{ ...always, endTime: new Date(clock.wallMs() + 5000).toISOString() }];
    clock.advance(4000);
    expect(stateOf()).toEqual(['running']);
    clock.advance(2000);
    expect([stateOf(), last().isClosed]).toEqual([['off'], true]);
  });

  it('begin with a viewer, and end some time after the last one', () => {
    const { pulls, state, urls, clock, last, stateOf } = opened([lazy]);
    expect(pulls.want({ ...stage('one'), app: 'other' })).toBe(false);
    expect([pulls.want(stage('one')), pulls.want(stage('one')), urls()]).toEqual([
      true,
      true,
      ['rtmp://a.test/stage/one'],
    ]);
    last().listener.onMedia(PICTURE);
    state.viewers = 1;
    clock.advance(100_000);
    state.viewers = 0;
    clock.advance(28_000);
    expect(stateOf()).toEqual(['running']);
    clock.advance(4000);
    expect([stateOf(), last().isClosed]).toEqual([['idle'], true]);
  });

  it('of names that give nothing are few, and not asked for again at once', () => {
    const { pulls, clock, sources } = opened([lazy]);
    expect(['a', 'b', 'c'].map((name) => pulls.want(stage(name)))).toEqual([true, true, false]);
    clock.advance(31_000);
    expect(pulls.statuses()[0]?.pulls).toEqual([]);
    const asked = sources.length;
    expect([pulls.want(stage('a')), pulls.want(stage('c'))]).toEqual([false, true]);
    expect(sources.length).toBe(asked + 1);
    clock.advance(12_000);
    expect(pulls.want(stage('a'))).toBe(true);
  });
});

describe('rules of pulls', () => {
  const isTaken = (given: object) => objectSchemas.pulls.safeParse({ name: 'x', sources: SOURCES, ...given }).success;

  it('name one stream, but for lazy ones', () => {
    expect(isTaken({ match: { app: 'live' } })).toBe(false);
    expect(isTaken({ match: { app: 'live' }, mode: 'lazy' })).toBe(true);
  });

  it('take no other protocols, and no SRT that listens', () => {
    const match = { domain: 'default', app: 'live', stream: 'demo' };
    const urls = ['file:///etc/passwd', 'ftp://a.test/x', 'srt://a.test:1?mode=listener', 'concat:a|b', 'rtmp:///x'];
    for (const url of urls) expect([url, isTaken({ match, sources: [{ url }] })]).toEqual([url, false]);
    expect(isTaken({ match, sources: [{ url: 'srt://a.test:1?streamid=x' }] })).toBe(true);
  });
});
