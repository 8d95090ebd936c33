import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { MutedIcon, PlayIcon, RetryIcon, SoundIcon } from '../icons/index.ts';
import { shortClockWords } from './time-words.ts';
import type { WatchSession } from './watch-session.ts';
import { describeState, type WatchState } from './watch-state.ts';
import type { Watching } from './watching.ts';

/** What stands over the picture: the state in words when nothing plays, and buttons for what only the viewer can do. */
export function StateOverlay({ watching }: { readonly watching: Watching }): VNode {
  const { session } = watching;
  const state = session.state.value;
  return (
    <div class={`overlay overlay-${state.kind}`}>
      <div aria-live="polite">
        {!['live', 'idle', 'paused'].includes(state.kind) && <StateCard session={session} state={state} />}
      </div>
      {(state.kind === 'idle' || state.kind === 'paused') && (
        <button type="button" class="big-play" aria-label="Play" onClick={() => session.togglePlaying()}>
          <PlayIcon />
        </button>
      )}
      {state.kind === 'live' && hasSoundOnly(watching) && (
        <p class="sound-only">
          <SoundIcon /> Sound only
        </p>
      )}
      {state.kind === 'live' && session.isSoundBlocked.value && (
        <button type="button" class="unmute" onClick={() => session.unmute()}>
          <MutedIcon /> Turn the sound on
        </button>
      )}
    </div>
  );
}

/** Else a stream without a picture looks like one that is broken. */
function hasSoundOnly({ session, stats }: Watching): boolean {
  const now = stats.history.value.at(-1);
  const { audioCodec, videoCodec } = session.reading();
  return now?.width === 0 && audioCodec !== undefined && videoCodec === undefined;
}

function StateCard({ session, state }: { readonly session: WatchSession; readonly state: WatchState }): VNode {
  const words = describeState(state);
  if (state.kind === 'buffering' || state.kind === 'connecting') {
    return (
      <div class="spinner-only">
        <span class="spinner" />
        <span class="spinner-words">{words.title}</span>
      </div>
    );
  }
  return (
    <div class={`card tone-${words.tone}`}>
      {words.isBusy && <span class="spinner" />}
      <h2>{words.title}</h2>
      {words.sentence && <p>{words.sentence}</p>}
      {words.remedy && (
        <p class="remedy">
          <strong>What helps:</strong> {words.remedy}
        </p>
      )}
      {isOver(state) && <PastOffer session={session} />}
      <NextTry session={session} state={state} />
    </div>
  );
}

function isOver(state: WatchState): boolean {
  return state.kind === 'ended' || (state.kind === 'waiting' && state.because === 'not-live');
}

/** What the server kept can be watched while nobody publishes. */
function PastOffer({ session }: { readonly session: WatchSession }): VNode | null {
  const last = session.times.kept.value?.spans.at(-1);
  if (!last) return null;
  return (
    <button type="button" class="from-past" onClick={() => session.seekToTime(last.startMs)}>
      <PlayIcon /> Watch again from {shortClockWords(last.startMs, Date.now())}
    </button>
  );
}

function NextTry({ session, state }: { readonly session: WatchSession; readonly state: WatchState }): VNode {
  const retryAt = 'retryAt' in state ? state.retryAt : undefined;
  const now = useSignal(performance.now());
  useEffect(() => {
    now.value = performance.now();
    const timer = window.setInterval(() => {
      now.value = performance.now();
    }, 500);
    return () => window.clearInterval(timer);
  }, [retryAt, now]);
  const seconds = retryAt === undefined ? undefined : Math.ceil((retryAt - now.value) / 1000);
  return (
    <p class="next-try">
      <span aria-hidden="true">{nextTryWords(state, seconds)}</span>
      <button type="button" onClick={() => session.start()}>
        <RetryIcon /> Try now
      </button>
    </p>
  );
}

/** An interrupted stream keeps its connection, so there is no next try to count down to. */
function nextTryWords(state: WatchState, seconds: number | undefined): string {
  if (seconds !== undefined && seconds > 0) return `Next try in ${seconds} s`;
  const isConnected = seconds === undefined && state.kind === 'waiting' && state.because === 'interrupted';
  return isConnected ? 'Still connected' : 'Trying now';
}
