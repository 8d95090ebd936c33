import { describe, expect, it } from 'vitest';
import type { CallbackRequest, StreamEvent } from '../notify/index.ts';
import { Forwarder } from './forwarder.ts';

function event(id: string): StreamEvent {
  const common = { sessionId: 's', domain: 'default', ingestDomain: '', app: 'live', stream: 'demo', data: {} };
  return { ...common, id, kind: 'publish', atMs: 0 };
}

function setUp(answers: (number | Error)[], signal = new AbortController().signal) {
  const sent: CallbackRequest[] = [];
  const lines: string[] = [];
  const forwarder = new Forwarder({
    url: 'http://127.0.0.1:1/hook',
    key: 'secret-secret-secret',
    send: async (request) => {
      sent.push(request);
      const answer = answers.shift() ?? 200;
      if (answer instanceof Error) throw answer;
      return { status: answer };
    },
    nowMs: () => 1000,
    print: (line) => void lines.push(line),
    signal,
    backoffMs: [0, 0],
  });
  return { forwarder, sent, lines };
}

describe('Forwarder', () => {
  it('tries again until the event is taken, and only then goes on', async () => {
    const { forwarder, sent, lines } = setUp([500, Object.assign(new Error(), { code: 'ECONNREFUSED' }), 204]);
    await forwarder.forward(event('first'));
    await forwarder.forward(event('second'));
    expect(sent.map(({ headers }) => headers['webhook-id'])).toEqual(['first', 'first', 'first', 'second']);
    expect(lines.map((line) => line.split(' -> ')[1])).toEqual([
      '500, again in 0 s',
      'nobody listens there, again in 0 s',
      '204',
      '200',
    ]);
  });

  it('gives an event up after its last try', async () => {
    const { forwarder, sent, lines } = setUp([500, 500, 503]);
    await forwarder.forward(event('first'));
    expect(sent).toHaveLength(3);
    expect(lines.at(-1)).toContain('503, given up');
  });

  it('stops at the signal', async () => {
    const stopping = new AbortController();
    stopping.abort();
    const { forwarder, sent, lines } = setUp([500], stopping.signal);
    await forwarder.forward(event('first'));
    expect([sent.length, lines.length]).toEqual([1, 0]);
  });
});
