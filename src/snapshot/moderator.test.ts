import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import type { Publication } from '../live/index.ts';
import type { Question } from '../notify/index.ts';
import type { ModerationRule } from '../rules/index.ts';
import { readModerationAnswer } from './moderation-answer.ts';
import { moderationQuestion } from './moderation-question.ts';
import { Moderator } from './moderator.ts';

const HOOK: ModerationRule = {
  url: 'http://hook.example.com/look',
  send: 'image',
  timeoutMs: 5000,
  concurrency: 2,
  onFailure: 'pass',
};
const picture = (sessionId: string, byte = 1) => ({
  id: { domain: 'default', app: 'prod/event', name: 'demo' },
  sessionId,
  jpeg: Uint8Array.of(0xff, byte),
  atWallMs: 1_609_220_385_900,
});

describe('readModerationAnswer', () => {
  it.each([
    ['', { action: 'pass' }],
    [' \n', { action: 'pass' }],
    ['{}', { action: 'pass' }],
    ['{"action":"pass","reason":"fine","score":0.1}', { action: 'pass' }],
    ['{"action":"flag","reason":"gun\\n\\u0000 "}', { action: 'flag', reason: 'gun' }],
    ['{"action":"stop"}', { action: 'stop', reason: 'moderation' }],
    ['{"action":"ban","reason":"x"}', { action: 'ban', reason: 'x', untilMs: undefined }],
    ['{"action":"ban","until":60}', { action: 'ban', reason: 'moderation', untilMs: 60_000 }],
    ['{"action":"ban","until":"1970-01-01T01:01:00+01:00"}', { action: 'ban', reason: 'moderation', untilMs: 60_000 }],
  ])('%s', (body, verdict) => expect(readModerationAnswer(200, body)).toEqual(verdict));

  it.each([
    [500, '', /answered 500/],
    [302, '{}', /answered 302/],
    [200, 'OK', /not JSON/],
    [200, '{"action":"kill"}', /action/],
    [200, '{"action":"ban","until":"tomorrow"}', /until/],
    [200, '[]', /cannot be used/],
  ])('%s %s is no answer', (status, body, reason) => {
    expect(() => readModerationAnswer(status, body)).toThrow(reason);
  });

  it('keeps reasons short', () => {
    const body = JSON.stringify({ action: 'flag', reason: 'a'.repeat(5000) });
    expect(readModerationAnswer(200, body)).toEqual({ action: 'flag', reason: 'a'.repeat(200) });
  });
});

describe('moderationQuestion', () => {
  it('is the JPEG, with its stream in headers', () => {
    const { url, headers, body } = moderationQuestion(picture('s1'), HOOK, 1_609_220_386_000);
    expect([url, body]).toEqual([HOOK.url, Uint8Array.of(0xff, 1)]);
    expect(headers).toEqual({
      'content-type': 'image/jpeg',
      'headwater-domain': 'default',
      'headwater-app': 'prod%2Fevent',
      'headwater-stream': 'demo',
      'headwater-session': 's1',
      'headwater-taken-at': '2020-12-29T05:39:45.900Z',
      'webhook-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      'webhook-timestamp': '1609220386',
    });
  });

  it('is signed so that the usual libraries find it right, in JSON too', () => {
    const key = `whsec_${Buffer.from('a secret of the right length').toString('base64')}`;
    const { headers, body } = moderationQuestion(picture('s1'), { ...HOOK, key, send: 'json' }, Date.now());
    expect(new Webhook(key).verify(String(body), headers)).toMatchObject({
      type: 'picture',
      data: { app: 'prod/event', stream: 'demo', image: Buffer.from([0xff, 1]).toString('base64') },
    });
    const image = moderationQuestion(picture('s1'), { ...HOOK, key }, Date.now());
    expect(image.headers['webhook-signature']).toMatch(/^v1,/);
  });
});

/** A moderator whose hook answers when it is told to. */
function moderator() {
  const asked: { readonly byte: number; readonly signal: AbortSignal; answer(body: string | Error): Promise<void> }[] =
    [];
  const outcomes: string[] = [];
  const acts: string[] = [];
  const made = new Moderator({
    ask: ({ body }: Question, signal) =>
      new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason));
        const answer = (text: string | Error) => {
          if (text instanceof Error) reject(text);
          else resolve({ status: 200, body: text });
          return new Promise<void>((done) => setImmediate(done));
        };
        asked.push({ byte: Number(body[1]), signal, answer });
      }),
    wallMs: () => 0,
    log: { info() {}, warn() {}, error() {}, debug() {}, child: () => ({}) } as never,
    onOutcome: (outcome) => outcomes.push(outcome),
    act: ({ sessionId }, verdict) => acts.push(`${sessionId} ${verdict.action} ${verdict.reason}`),
  });
  return { made, asked, outcomes, acts };
}

describe('Moderator', () => {
  it('asks a few at a time; of each publish only the newest picture waits', async () => {
    const { made, asked, outcomes } = moderator();
    for (const [session, byte] of [
      ['a', 1],
      ['b', 2],
      ['c', 3],
      ['d', 4],
      ['c', 5],
    ] as const) {
      made.judge(picture(session, byte), HOOK);
    }
    expect(asked.map(({ byte }) => byte)).toEqual([1, 2]);
    expect(outcomes).toEqual(['skipped']);
    await asked[0]!.answer('');
    expect(asked.map(({ byte }) => byte)).toEqual([1, 2, 5]);
    await asked[1]!.answer('');
    expect(asked.map(({ byte }) => byte)).toEqual([1, 2, 5, 4]);
    made.judge(picture('z', 9), { ...HOOK, url: 'http://other.example.com/' });
    expect(asked.at(-1)!.byte).toBe(9);
  });

  it('does what the hook says', async () => {
    const { made, asked, outcomes, acts } = moderator();
    for (const body of ['{"action":"flag","reason":"x"}', '{}', '{"action":"ban","reason":"y"}']) {
      made.judge(picture('a'), HOOK);
      await asked.at(-1)!.answer(body);
    }
    expect(acts).toEqual(['a flag x', 'a ban y']);
    expect(outcomes).toEqual(['flag', 'pass', 'ban']);
  });

  it.each(['pass', 'stop'] as const)('a hook that fails: %s', async (onFailure) => {
    const { made, asked, outcomes, acts } = moderator();
    const hook = { ...HOOK, onFailure };
    for (const answer of [new Error('down'), 'no JSON', '{}', new Error('down'), new Error('down')]) {
      made.judge(picture('a'), hook);
      await asked.at(-1)!.answer(answer);
    }
    expect(acts).toEqual([]);
    made.unseen(picture('a'), hook, new Error('no picture'));
    expect(acts).toEqual(onFailure === 'stop' ? ['a stop no moderation of 3 pictures in a row'] : []);
    expect(outcomes.filter((each) => each === 'failed').length).toBe(onFailure === 'stop' ? 5 : 4);
  });

  it('forgets what waits of a publish that is over, and asks nothing when it is closed', async () => {
    const { made, asked, acts } = moderator();
    for (const session of ['a', 'b', 'c']) made.judge(picture(session), HOOK);
    made.unpublished({ publisher: { sessionId: 'c' } } as Publication);
    await asked[0]!.answer('');
    expect(asked.length).toBe(2);
    made.close();
    expect(asked[1]!.signal.aborted).toBe(true);
    made.judge(picture('d'), HOOK);
    expect(asked.length).toBe(2);
    expect(acts).toEqual([]);
  });
});
