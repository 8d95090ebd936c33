import { describe, expect, it } from 'vitest';
import { type ViewerLimits, type ViewerSession, ViewerSessions } from './viewer-sessions.ts';

const NO_LIMITS: ViewerLimits = { stream: 0, domain: 0, app: 0, address: 0, uid: 0 };
let next = 0;
const session = (fields: Partial<ViewerSession> = {}): ViewerSession => ({
  sessionId: `s${next++}`,
  domain: 'd',
  app: 'live',
  stream: 'demo',
  protocol: 'flv',
  address: '203.0.113.1',
  openedAtMs: 0,
  close: () => undefined,
  ...fields,
});
const sessionsWith = (limits: Partial<ViewerLimits> = {}) =>
  new ViewerSessions({ limitsOf: () => ({ ...NO_LIMITS, ...limits }) });

describe('ViewerSessions', () => {
  it.each([
    ['stream', {}, { stream: 'demo2' }],
    ['domain', {}, { domain: 'd2' }],
    ['app', {}, { app: 'other' }],
    ['app', {}, { domain: 'd2' }],
    ['address', {}, { address: '203.0.113.2' }],
    ['address', { address: '2001:db8::1' }, { address: '2001:db8:0:1::1' }],
    ['uid', { uid: 'anna' }, { uid: 'bob' }],
    ['uid', { uid: 'anna' }, { domain: 'd2', uid: 'anna' }],
    ['uid', { uid: 'anna' }, {}],
  ] as const)('limits by %s and takes others', (scope, same, other) => {
    const sessions = sessionsWith({ [scope]: 2 });
    const first = sessions.open(session(same));
    expect(sessions.open(session(same)).opened).toBe(true);
    expect(sessions.open(session(same))).toMatchObject({
      opened: false,
      refusal: { code: 'LIMIT', status: 429, reason: expect.stringContaining('limit of 2 viewers reached') },
    });
    expect(sessions.open(session(other)).opened).toBe(true);
    expect(sessions.size).toBe(3);
    if (first.opened) {
      first.remove();
      first.remove();
    }
    expect(sessions.open(session(same)).opened).toBe(true);
    expect(sessions.obstacle(session(same))).toMatchObject({ code: 'LIMIT' });
    expect(sessions.obstacle(session(other))).toBeUndefined();
    expect(sessions.open(session(same)).opened).toBe(false);
  });

  it('lets nobody in where enough is sent already, and says so', () => {
    let reason: string | undefined = 'the domain sends 51 of 50 Mb/s to viewers';
    const sessions = new ViewerSessions({ limitsOf: () => NO_LIMITS, overrun: () => reason });
    expect(sessions.open(session())).toMatchObject({
      opened: false,
      refusal: { code: 'EGRESS_LIMIT', status: 503, reason },
    });
    expect(sessions.size).toBe(0);
    reason = undefined;
    expect(sessions.open(session()).opened).toBe(true);
  });

  it('limits a stream together with its renditions, also after these are gone', () => {
    let renditionsOf = 'demo';
    const sessions = new ViewerSessions({
      limitsOf: () => ({ ...NO_LIMITS, stream: 2 }),
      ownerOf: ({ stream }) => (stream === 'demo_lsd' ? renditionsOf : stream),
    });
    sessions.open(session());
    const rendition = sessions.open(session({ stream: 'demo_lsd' }));
    expect(sessions.open(session()).opened).toBe(false);
    expect(sessions.open(session({ stream: 'demo_lsd' })).opened).toBe(false);
    expect(sessions.streamCount('d', 'live', 'demo_lsd')).toBe(1);
    renditionsOf = 'demo_lsd';
    if (rendition.opened) rendition.remove();
    expect(sessions.streamCount('d', 'live', 'demo_lsd')).toBe(0);
    expect(sessions.open(session()).opened).toBe(true);
    expect(sessions.open(session()).opened).toBe(false);
  });

  it('counts one IPv6 network as one address', () => {
    const sessions = sessionsWith({ address: 1 });
    expect(sessions.open(session({ address: '2001:db8::1' })).opened).toBe(true);
    expect(sessions.open(session({ address: '2001:db8::2' })).opened).toBe(false);
  });

  it('counts by stream and protocol, and forgets what is gone', () => {
    const sessions = sessionsWith();
    const opened = [session(), session({ protocol: 'hls' }), session({ stream: 'x' })].map((each) =>
      sessions.open(each),
    );
    expect(sessions.streamCount('d', 'live', 'demo')).toBe(2);
    expect(sessions.domainCount('d')).toBe(3);
    expect(Object.fromEntries(sessions.protocolCounts())).toEqual({ flv: 2, hls: 1 });
    for (const each of opened) if (each.opened) each.remove();
    expect([sessions.size, sessions.streamCount('d', 'live', 'demo'), sessions.domainCount('d')]).toEqual([0, 0, 0]);
    expect(Object.fromEntries(sessions.protocolCounts())).toEqual({});
  });

  it('closes one by its id, once', () => {
    const sessions = sessionsWith();
    const closed: string[] = [];
    const one = session({ close: (reason) => closed.push(reason) });
    sessions.open(one);
    expect(sessions.close(one.sessionId, 'kicked')).toBe(true);
    expect(sessions.close(one.sessionId, 'kicked')).toBe(false);
    expect(closed).toEqual(['kicked']);
  });

  it('revalidates 20 000 sessions in pieces, closing those refused and giving their places free', async () => {
    const sessions = sessionsWith();
    const closed: string[] = [];
    for (let count = 0; count < 20_000; count++) {
      const uid = count % 100 === 0 ? 'eve' : 'anna';
      const one = session({ uid, address: `10.0.${count % 256}.${count >> 8}` });
      // Connections take themselves out when they are closed.
      const opened = sessions.open({
        ...one,
        close: (reason) => {
          closed.push(reason);
          if (opened.opened) opened.remove();
        },
      });
    }
    let turns = 0;
    const turn = setInterval(() => turns++, 0);
    expect(await sessions.revalidate((each) => (each.uid === 'eve' ? 'revoked' : undefined))).toBe(200);
    clearInterval(turn);
    expect(turns).toBeGreaterThan(0);
    expect(closed).toEqual(Array(200).fill('revoked'));
    expect(sessions.size).toBe(19_800);
    expect(sessions.streamCount('d', 'live', 'demo')).toBe(19_800);
  });
});
