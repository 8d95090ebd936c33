import { describe, expect, it } from 'vitest';
import { type PlayRequest, ViewerSessions } from '../../access/index.ts';
import { TestClock } from '../../live/test-clock.ts';
import { CompiledRules, rulesSchema } from '../../rules/index.ts';
import { HlsSessions } from './hls-sessions.ts';

const FOLDER = '/live/one/~t1/';
const ID = { domain: 'default', app: 'live', name: 'one' };
const PLAYED = { id: ID, owner: ID, siblings: [] };
const VIEWER = { folder: FOLDER, host: 'a.test', address: '192.0.2.1' };

function harness(path = `${FOLDER}live.m3u8`) {
  const clock = new TestClock();
  const compiled = () => new CompiledRules(rulesSchema.parse({ domains: [{ name: 'default' }] }));
  let rules = compiled();
  const viewers = new ViewerSessions({ limitsOf: () => ({ stream: 0, domain: 0, app: 0, address: 0, uid: 0 }) });
  const expiresAtMs = clock.wallMs() + 10_000;
  const sessions = new HlsSessions({
    clock,
    sessions: viewers,
    rules: () => rules,
    verify: () => ({ allowed: true, sessionId: 's1', expiresAtMs }),
  });
  const domain = rules.rules.domains[0]!;
  const named = { domain, app: 'live', stream: 'one', protocol: 'hls' } as const;
  const request: PlayRequest = { ...named, path, query: '', host: VIEWER.host, address: VIEWER.address };
  const changeRules = () => {
    rules = compiled();
  };
  return { clock, viewers, sessions, request, changeRules };
}

describe('HlsSessions.known', () => {
  it('knows whom it let in, and keeps them while they ask', () => {
    const { clock, viewers, sessions, request } = harness();
    expect(sessions.known(VIEWER)).toBeUndefined();
    sessions.enter(request, 't1', PLAYED);
    for (let i = 0; i < 9; i++) {
      clock.advance(1000);
      expect(sessions.known(VIEWER)).toMatchObject({ played: PLAYED });
    }
    expect(viewers.size).toBe(1);
  });

  it.each<[string, (given: ReturnType<typeof harness>) => unknown]>([
    ['the rules have changed', ({ changeRules }) => changeRules()],
    ['the token has expired', ({ clock }) => clock.advance(10_000)],
    ['the session was ended', ({ viewers }) => viewers.close('s1', 'KICKED')],
    ['the viewer was away', ({ clock }) => clock.advance(20_000)],
    ['the door has closed', ({ sessions }) => sessions.close()],
  ])('knows nobody once %s', (_what, change) => {
    const given = harness();
    given.sessions.enter(given.request, 't1', PLAYED);
    change(given);
    expect(given.sessions.known(VIEWER)).toBeUndefined();
  });

  it.each([{ folder: '/live/two/~t1/' }, { host: 'b.test' }, { address: '192.0.2.2' }])(
    'tells others apart by %j',
    (other) => {
      const { sessions, request } = harness();
      sessions.enter(request, 't1', PLAYED);
      expect(sessions.known({ ...VIEWER, ...other })).toBeUndefined();
    },
  );

  it('knows nobody by a path that all viewers share', () => {
    const { sessions, request } = harness('/live/one/~/live.m3u8');
    sessions.enter(request, 't1', PLAYED);
    expect(sessions.known({ ...VIEWER, folder: '/live/one/~/' })).toBeUndefined();
  });
});

describe('a session of a ladder', () => {
  const small = { ...PLAYED, id: { ...ID, name: 'one_small' } };

  it('is one viewer on all of its variants, for as long as any of them is asked for', () => {
    const { clock, viewers, sessions, request } = harness();
    sessions.enter(request, 't1', PLAYED);
    sessions.enter({ ...request, path: `${FOLDER}small/live.m3u8` }, 't1', small);
    expect(viewers.size).toBe(1);
    expect(viewers.get('s1')).toMatchObject({ stream: 'one' });
    expect(viewers.get('s1')?.plays?.()).toBe('one_small');
    for (let i = 0; i < 9; i++) {
      clock.advance(1000);
      expect(sessions.known({ ...VIEWER, folder: `${FOLDER}small/` })).toMatchObject({ played: small });
    }
    expect(sessions.known(VIEWER)).toMatchObject({ played: PLAYED });
    expect(viewers.get('s1')?.plays?.()).toBe('one');
  });

  it('ends on all of them', () => {
    const { viewers, sessions, request } = harness();
    sessions.enter(request, 't1', PLAYED);
    sessions.enter({ ...request, path: `${FOLDER}small/live.m3u8` }, 't1', small);
    viewers.close('s1', 'REVOKED');
    for (const folder of [FOLDER, `${FOLDER}small/`]) expect(sessions.known({ ...VIEWER, folder })).toBeUndefined();
    expect(sessions.enter(request, 't1', PLAYED)).toMatchObject({ allowed: false, code: 'REVOKED' });
    expect(viewers.size).toBe(0);
  });
});
