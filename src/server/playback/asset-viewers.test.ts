import { beforeEach, describe, expect, it } from 'vitest';
import { TestClock } from '../../live/test-clock.ts';
import { AssetViewers } from './asset-viewers.ts';

const id = { domain: 'default', app: 'vod', name: 'abc' };
let clock: TestClock;
let said: string[];
let viewers: AssetViewers;
beforeEach(() => {
  clock = new TestClock();
  said = [];
  viewers = new AssetViewers({
    clock,
    joined: ({ name }, door, who) => {
      said.push(`${who} joined ${name} at ${door}`);
      return { stays: () => said.push(`${who} stays`), moved: () => undefined, left: () => said.push(`${who} left`) };
    },
  });
});

describe('AssetViewers', () => {
  it('counts whoever is sent media once, until nothing was sent for fifteen seconds', () => {
    for (let n = 0; n < 4; n++) {
      viewers.sends(id, { session: 's', address: '192.0.2.1' })();
      clock.advance(10_000);
    }
    expect(said).toEqual(['192.0.2.1 joined abc at vod']);
    clock.advance(20_000);
    expect(said).toEqual(['192.0.2.1 joined abc at vod', '192.0.2.1 left']);
  });

  it('tells sessions apart, and assets', () => {
    viewers.sends(id, { session: 's', address: '192.0.2.1' });
    viewers.sends(id, { session: 't', address: '192.0.2.1' });
    viewers.sends({ ...id, name: 'def' }, { session: 't', address: '192.0.2.1' });
    expect(said).toHaveLength(3);
  });

  it('keeps whoever is sent one file for long, also beyond an hour', () => {
    const done = viewers.sends(id, { session: 's', address: '192.0.2.1' });
    clock.advance(3_700_000);
    expect(said).toEqual(['192.0.2.1 joined abc at vod', '192.0.2.1 stays']);
    done();
    done();
    clock.advance(10_000);
    expect(said).toHaveLength(2);
    clock.advance(10_000);
    expect(said.at(-1)).toBe('192.0.2.1 left');
  });

  it('lets all go when it is closed', () => {
    viewers.sends(id, { session: 's', address: '192.0.2.1' });
    viewers.close();
    expect(said.at(-1)).toBe('192.0.2.1 left');
  });
});
