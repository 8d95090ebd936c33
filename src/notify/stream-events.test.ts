import { describe, expect, it } from 'vitest';
import type { RenditionEventKind, StreamEvent } from './event.ts';
import { eventId, type PublisherSession, SessionEvents } from './stream-events.ts';

class Stage {
  nowMs = 10_000;
  readonly events: StreamEvent[] = [];
  #due: { atMs: number; run: () => void }[] = [];
  readonly sessions = new SessionEvents({
    append: (event) => this.events.push(event),
    nowMs: () => this.nowMs,
    timers: {
      after: (delayMs, run) => {
        const timer = { atMs: this.nowMs + delayMs, run };
        this.#due.push(timer);
        return () => {
          this.#due = this.#due.filter((each) => each !== timer);
        };
      },
    },
  });

  get timers(): number {
    return this.#due.length;
  }

  pass(ms: number): void {
    const untilMs = this.nowMs + ms;
    for (;;) {
      const next = this.#due.filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#due = this.#due.filter((each) => each !== next);
      this.nowMs = next.atMs;
      next.run();
    }
    this.nowMs = untilMs;
  }

  start(sessionId: string, fields: Partial<PublisherSession> = {}): void {
    const stream = { domain: 'play.example.com', ingestDomain: 'push.example.com', app: 'live', stream: 'demo' };
    const publisher = { address: '192.0.2.1', query: 'a=1', node: 'n1', protocol: 'rtmp' };
    this.sessions.started({ sessionId, ...stream, ...publisher, ...fields });
  }

  get said(): string[] {
    return this.events.splice(0).map((event) => `${event.sessionId} ${event.kind}`);
  }
}

const identity = { domain: 'play.example.com', app: 'live', stream: 'demo' };

describe('SessionEvents', () => {
  it('says publish when the session has lived 2 s, with the size known by then', () => {
    const stage = new Stage();
    stage.start('a');
    stage.sessions.videoSize('a', 1280, 720);
    stage.sessions.videoSize('a', 640, 360);
    stage.pass(1999);
    expect(stage.events).toEqual([]);
    stage.pass(1);
    expect(stage.events).toEqual([
      {
        id: eventId('a', 'publish'),
        kind: 'publish',
        sessionId: 'a',
        ...identity,
        ingestDomain: 'push.example.com',
        atMs: 12_000,
        data: {
          address: '192.0.2.1',
          query: 'a=1',
          node: 'n1',
          protocol: 'rtmp',
          startedAtMs: 10_000,
          width: 1280,
          height: 720,
        },
      },
    ]);
  });

  it('keeps no lasting key in an event: events are stored, backed up and shown', () => {
    const stage = new Stage();
    stage.start('a', { query: 'vhost=a.test&key=the-lasting-key&user=x' });
    stage.pass(2000);
    expect(stage.events[0]?.data.query).toBe('vhost=a.test&key=***&user=x');
  });

  it('lets others wait until a session is told of, or over', async () => {
    const stage = new Stage();
    const said: string[] = [];
    const wait = (sessionId: string) =>
      stage.sessions.announced(sessionId).then(() => said.push(...stage.said, sessionId));
    await wait('unknown');
    stage.start('a');
    const [early, second] = [wait('a'), wait('a')];
    stage.pass(1999);
    expect(said).toEqual(['unknown']);
    stage.pass(1);
    await Promise.all([early, second]);
    expect(said).toEqual(['unknown', 'a publish', 'a', 'a']);
    await wait('a');
    stage.start('b', { stream: 'other' });
    const short = wait('b');
    stage.sessions.stopped('b', 'unpublished', { waits: false });
    await short;
    await wait('b');
    expect(said.slice(4)).toEqual(['a', 'b', 'b']);
  });

  it('says publish_done and stream_ended once at a clean end', () => {
    const stage = new Stage();
    stage.start('a');
    stage.pass(5000);
    stage.sessions.stopped('a', 'unpublished', { waits: false });
    stage.sessions.stopped('a', 'connection_lost', { waits: false });
    stage.sessions.streamEnded(identity);
    const [, done, ended, ...more] = stage.events;
    expect(done).toMatchObject({ kind: 'publish_done', data: { cause: 'unpublished', durationMs: 5000 } });
    expect(ended).toMatchObject({ kind: 'stream_ended', data: { cause: 'unpublished' } });
    expect(more).toEqual([]);
  });

  it.each([
    ['unpublished', false],
    ['connection_lost', true],
    ['idle', true],
  ] as const)('says nothing of a session under 2 s: %s', (cause, waits) => {
    const stage = new Stage();
    stage.start('a');
    stage.pass(1999);
    stage.sessions.stopped('a', cause, { waits });
    stage.pass(60_000);
    stage.sessions.streamEnded(identity);
    expect([stage.said, stage.timers]).toEqual([[], 0]);
  });

  it('tells a reconnect as a new publish, and the stream as interrupted and resumed', () => {
    const stage = new Stage();
    stage.start('a');
    stage.pass(3000);
    stage.sessions.stopped('a', 'connection_lost', { waits: true });
    expect(stage.said).toEqual(['a publish', 'a publish_done', 'a stream_interrupted']);
    stage.start('b');
    stage.pass(2000);
    expect(stage.said).toEqual(['b publish', 'b stream_resumed']);
    stage.sessions.stopped('b', 'unpublished', { waits: false });
    expect(stage.said).toEqual(['b publish_done', 'b stream_ended']);
  });

  it('stays interrupted when the one who came back is gone within 2 s', () => {
    const stage = new Stage();
    stage.start('a');
    stage.pass(3000);
    stage.sessions.stopped('a', 'connection_lost', { waits: true });
    stage.start('b');
    stage.pass(500);
    stage.sessions.stopped('b', 'connection_lost', { waits: true });
    stage.sessions.streamEnded(identity);
    expect(stage.said).toEqual(['a publish', 'a publish_done', 'a stream_interrupted', 'a stream_ended']);
  });

  it('does not end a stream that has a publisher again', () => {
    const stage = new Stage();
    stage.start('a');
    stage.pass(3000);
    stage.sessions.stopped('a', 'connection_lost', { waits: true });
    stage.start('b');
    stage.sessions.streamEnded(identity);
    stage.pass(2000);
    expect(stage.said.slice(3)).toEqual(['b publish', 'b stream_resumed']);
  });

  it('says the old stop before the new start at a takeover', () => {
    const stage = new Stage();
    stage.start('a');
    stage.pass(3000);
    stage.start('b');
    expect(stage.events.at(-1)).toMatchObject({ kind: 'publish_done', data: { cause: 'takeover' } });
    stage.sessions.stopped('a', 'connection_lost', { waits: true });
    stage.sessions.videoSize('a', 1, 1);
    stage.pass(3000);
    expect(stage.said).toEqual(['a publish', 'a publish_done', 'b publish']);
    stage.start('c');
    stage.pass(100);
    stage.start('d');
    stage.pass(2000);
    expect(stage.said).toEqual(['b publish_done', 'd publish']);
  });

  it('keeps streams apart', () => {
    const stage = new Stage();
    stage.start('a');
    stage.start('b', { app: 'live2' });
    stage.start('c', { domain: 'other' });
    stage.start('d', { stream: 'demo2' });
    stage.pass(2000);
    expect(stage.said).toEqual(['a publish', 'b publish', 'c publish', 'd publish']);
  });

  it('tells of renditions in their order, after the publish and while a publisher is waited for', () => {
    const stage = new Stage();
    const tell = (kind: RenditionEventKind) => stage.sessions.rendition(identity, kind, { template: 'lsd' });
    tell('rendition_started');
    stage.start('a');
    tell('rendition_started');
    tell('rendition_failed');
    expect(stage.said).toEqual([]);
    stage.pass(2000);
    tell('rendition_restored');
    const ids = stage.events.map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
    expect(stage.events[1]).toMatchObject({ ...identity, data: { node: 'n1', template: 'lsd' } });
    expect(stage.said).toEqual(['a publish', 'a rendition_started', 'a rendition_failed', 'a rendition_restored']);
    stage.sessions.stopped('a', 'connection_lost', { waits: true });
    tell('rendition_stopped');
    tell('rendition_stopped');
    expect(stage.said.slice(2)).toEqual(['a rendition_stopped', 'a rendition_stopped']);
    stage.sessions.streamEnded(identity);
    tell('rendition_stopped');
    expect(stage.said).toEqual(['a stream_ended']);
  });

  it('says nothing of the renditions of a session under 2 s', () => {
    const stage = new Stage();
    stage.start('a');
    stage.sessions.rendition(identity, 'rendition_started', {});
    stage.sessions.stopped('a', 'unpublished', { waits: false });
    stage.pass(60_000);
    expect(stage.said).toEqual([]);
  });

  it('ends everything when the server stops', () => {
    const stage = new Stage();
    stage.start('a');
    stage.pass(2500);
    stage.start('b', { stream: 'young' });
    stage.sessions.close();
    stage.sessions.close();
    stage.pass(60_000);
    expect(stage.events.at(-1)?.data.cause).toBe('server_stop');
    expect(stage.said).toEqual(['a publish', 'a publish_done', 'a stream_ended']);
    expect(stage.timers).toBe(0);
  });
});

it('eventId is a UUID that follows from session and kind', () => {
  expect(eventId('a', 'publish')).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(eventId('a', 'publish')).toBe(eventId('a', 'publish'));
  expect(new Set([eventId('a', 'publish'), eventId('a', 'publish_done'), eventId('b', 'publish')]).size).toBe(3);
});
