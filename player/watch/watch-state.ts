import type { EngineProblem } from '../engines/index.ts';
import type { Refusal } from '../refusal/index.ts';

/** What a viewer is told; times are of the page's clock in ms. */
export type WatchState =
  | { readonly kind: 'idle' }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  | { readonly kind: 'paused' }
  | { readonly kind: 'buffering' }
  | { readonly kind: 'waiting'; readonly because: WaitingReason; readonly retryAt?: number }
  | { readonly kind: 'ended'; readonly retryAt?: number }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly retryAt?: number }
  | { readonly kind: 'error'; readonly sentence: string; readonly remedy?: string; readonly retryAt?: number };

/** The states that end by another try. */
export type TroubleState = Extract<WatchState, { kind: 'waiting' | 'ended' | 'refused' | 'error' }>;

/** `not-live`: nobody publishes; `interrupted`: the publisher's signal stopped; `unreachable`: the server doesn't answer. */
export type WaitingReason = 'not-live' | 'interrupted' | 'unreachable';

/** A state in words, and how loud to say it. */
export type StateWords = {
  readonly label: string;
  readonly title: string;
  readonly sentence?: string;
  readonly remedy?: string;
  readonly tone: 'quiet' | 'live' | 'warn' | 'bad';
  readonly isBusy: boolean;
};

/** The words for a state; the countdown to the next try is added by the page. */
export function describeState(state: WatchState): StateWords {
  switch (state.kind) {
    case 'idle':
      return { label: 'Ready', title: 'Press play to watch', tone: 'quiet', isBusy: false };
    case 'connecting':
      return { label: 'Connecting', title: 'Connecting', tone: 'quiet', isBusy: true };
    case 'live':
      return { label: 'Live', title: 'Live', tone: 'live', isBusy: false };
    case 'paused':
      return { label: 'Paused', title: 'Paused', tone: 'quiet', isBusy: false };
    case 'buffering':
      return { label: 'Buffering', title: 'Buffering', tone: 'warn', isBusy: true };
    case 'waiting':
      return { ...WAITING_WORDS[state.because], label: 'Waiting', tone: 'warn', isBusy: true };
    case 'ended':
      return {
        label: 'Ended',
        title: 'The stream has ended',
        sentence: 'If it starts again, it plays here by itself.',
        tone: 'quiet',
        isBusy: false,
      };
    case 'refused':
      return {
        label: 'Refused',
        title: 'The server refused to play this stream',
        sentence: state.refusal.reason,
        ...(state.refusal.remedy && { remedy: state.refusal.remedy }),
        tone: 'bad',
        isBusy: false,
      };
    case 'error':
      return {
        label: 'Error',
        title: 'The stream can’t be played',
        sentence: state.sentence,
        ...(state.remedy && { remedy: state.remedy }),
        tone: 'bad',
        isBusy: false,
      };
  }
}

const WAITING_WORDS: Readonly<Record<WaitingReason, { title: string; sentence: string }>> = {
  'not-live': {
    title: 'Waiting for the publisher',
    sentence: 'Nobody is publishing this stream now. It plays here by itself as soon as it starts.',
  },
  interrupted: {
    title: 'The publisher’s signal is interrupted',
    sentence: 'The picture comes back by itself when the publisher is back.',
  },
  unreachable: {
    title: 'The server doesn’t answer',
    sentence: 'Your connection or the server may be down. Trying again by itself.',
  },
};

/** The state after a problem; `hasPlayed` tells a stream that stopped from one that never began. */
export function stateAfter(problem: EngineProblem, hasPlayed: boolean, refusal?: Refusal): TroubleState {
  switch (problem.kind) {
    case 'ended':
      return { kind: 'ended' };
    case 'closed':
      return { kind: 'waiting', because: hasPlayed ? 'interrupted' : 'not-live' };
    case 'network':
      return { kind: 'waiting', because: 'unreachable' };
    case 'http':
      return stateAfterStatus(problem.status, hasPlayed, refusal);
    case 'codec':
      return {
        kind: 'error',
        sentence: 'This browser can’t decode the stream’s codec.',
        remedy: 'Try another protocol or browser, or publish H.264 and AAC.',
      };
    case 'media':
      return { kind: 'error', sentence: `The player stopped: ${problem.detail}.` };
  }
}

function stateAfterStatus(status: number, hasPlayed: boolean, refusal?: Refusal): TroubleState {
  if (status === 404 || status === 410) return hasPlayed ? { kind: 'ended' } : { kind: 'waiting', because: 'not-live' };
  if (status === 401 || status === 403) {
    return { kind: 'refused', refusal: refusal ?? { reason: `The server answered ${status} without a reason.` } };
  }
  // Said without words by what is in front of a server that is away.
  if (!refusal && status >= 502 && status <= 504) return { kind: 'waiting', because: 'unreachable' };
  const words = refusal ?? { reason: `The server answered ${status}.` };
  return { kind: 'error', sentence: words.reason, ...(words.remedy && { remedy: words.remedy }) };
}
