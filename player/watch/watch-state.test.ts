import { describe, expect, it } from 'vitest';
import type { EngineProblem } from '../engines/index.ts';
import { describeState, stateAfter, type WatchState } from './watch-state.ts';

const refusal = { reason: 'The signature expired 3 min ago.', remedy: 'Ask for a new link.' };

describe('stateAfter', () => {
  it.each<[EngineProblem, boolean, object]>([
    [{ kind: 'http', status: 404 }, false, { kind: 'waiting', because: 'not-live' }],
    [{ kind: 'http', status: 404 }, true, { kind: 'ended' }],
    [{ kind: 'http', status: 410 }, true, { kind: 'ended' }],
    [{ kind: 'http', status: 403 }, true, { kind: 'refused', refusal }],
    [{ kind: 'http', status: 401 }, false, { kind: 'refused', refusal }],
    [{ kind: 'http', status: 503 }, false, { kind: 'error', sentence: refusal.reason, remedy: refusal.remedy }],
    [{ kind: 'closed' }, true, { kind: 'waiting', because: 'interrupted' }],
    [{ kind: 'closed' }, false, { kind: 'waiting', because: 'not-live' }],
    [{ kind: 'network' }, true, { kind: 'waiting', because: 'unreachable' }],
    [{ kind: 'ended' }, true, { kind: 'ended' }],
    [{ kind: 'codec', detail: 'hvc1' }, false, { kind: 'error' }],
    [
      { kind: 'media', detail: 'appending failed' },
      true,
      { kind: 'error', sentence: expect.stringContaining('appending failed') },
    ],
  ])('%j, played before: %s', (problem, hasPlayed, state) => {
    expect(stateAfter(problem, hasPlayed, refusal)).toMatchObject(state);
  });

  it('has a sentence of its own where the server gave none', () => {
    expect(stateAfter({ kind: 'http', status: 403 }, false)).toMatchObject({
      refusal: { reason: expect.stringContaining('403') },
    });
    expect(stateAfter({ kind: 'http', status: 502 }, true)).toEqual({ kind: 'waiting', because: 'unreachable' });
    expect(stateAfter({ kind: 'http', status: 500 }, false)).toMatchObject({
      sentence: expect.stringContaining('500'),
    });
  });
});

describe('describeState', () => {
  it.each<[WatchState, string, string | undefined]>([
    [{ kind: 'idle' }, 'Ready', undefined],
    [{ kind: 'connecting' }, 'Connecting', undefined],
    [{ kind: 'live' }, 'Live', undefined],
    [{ kind: 'paused' }, 'Paused', undefined],
    [{ kind: 'buffering' }, 'Buffering', undefined],
    [{ kind: 'waiting', because: 'not-live' }, 'Waiting', 'Nobody is publishing'],
    [{ kind: 'waiting', because: 'interrupted' }, 'Waiting', 'comes back by itself'],
    [{ kind: 'waiting', because: 'unreachable' }, 'Waiting', 'Trying again'],
    [{ kind: 'ended' }, 'Ended', 'plays here by itself'],
    [{ kind: 'refused', refusal }, 'Refused', refusal.reason],
    [{ kind: 'error', sentence: 'It broke.' }, 'Error', 'It broke.'],
  ])('%j', (state, label, sentence) => {
    const words = describeState(state);
    expect(words.label).toBe(label);
    expect(words.sentence ?? '').toContain(sentence ?? '');
  });

  it('hands on the remedy', () => {
    expect(describeState({ kind: 'refused', refusal }).remedy).toBe(refusal.remedy);
  });
});
