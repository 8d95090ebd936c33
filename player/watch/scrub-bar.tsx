import { type ReadonlySignal, useComputed, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { askedSpan, KeptPreviews } from './kept-previews.ts';
import { ScrubPreview } from './scrub-preview.tsx';
import { nearerTile } from './sprite-index.ts';
import { SpritePreviews } from './sprite-previews.ts';
import { drawnSpans, goalAt, shareAt, stepTo, type TimeBar, timeAt, wholeBar, zoomed } from './time-bar.ts';
import { TimeRuler } from './time-ruler.tsx';
import { behindWords, clockWords, type Zoom, zoomsFor } from './time-words.ts';
import { useScrubbing } from './use-scrubbing.ts';
import type { WatchSession } from './watch-session.ts';

/** The time that can be played as a bar to go back on; nothing where there is none. */
export function ScrubBar({ session }: { readonly session: WatchSession }): VNode | null {
  const chosen = useSignal<Zoom | undefined>(undefined);
  const whole = wholeBar(factsOf(session));
  if (!whole) return null;
  const zooms = whole.isWallClock ? zoomsFor(whole.newestMs - whole.oldestMs) : [];
  const zoom = chosen.value ?? (whole.isLive ? zooms[0] : zooms.at(-1));
  const shown = zoom?.lengthMs === undefined ? whole : zoomed(whole, zoom.lengthMs);
  return (
    <div class={`scrub-area ${whole.isWallClock ? 'has-clock' : ''}`}>
      {whole.isWallClock && (
        <div class="scrub-head">
          <PositionWords whole={whole} />
          <ZoomChooser zooms={zooms} zoom={zoom} onChoose={(each) => (chosen.value = each)} />
        </div>
      )}
      <Slider session={session} whole={whole} shown={shown} />
      {whole.isWallClock && <TimeRuler span={shown} />}
    </div>
  );
}

function factsOf(session: WatchSession) {
  const window = session.seekWindow.value;
  return {
    window,
    kept: session.times.kept.value,
    comingMs: session.comingMs.value,
    isPast: window?.isPast ?? session.isPast,
    isPlaying: ['live', 'paused', 'buffering'].includes(session.state.value.kind),
    nowMs: Date.now(),
  };
}

function PositionWords({ whole }: { readonly whole: TimeBar }): VNode {
  const { positionMs, isBack, isLive, newestMs } = whole;
  return (
    <span class="scrub-clock">
      {positionMs !== undefined && clockWords(positionMs, Date.now())}
      {positionMs !== undefined && isLive && isBack && <span> {behindWords(newestMs - positionMs)}</span>}
    </span>
  );
}

function ZoomChooser(props: {
  readonly zooms: readonly Zoom[];
  readonly zoom: Zoom | undefined;
  readonly onChoose: (zoom: Zoom) => void;
}): VNode | null {
  if (props.zooms.length === 0) return null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset can't be a flex container in every browser
    <div class="scrub-zooms" role="group" aria-label="Time that the bar shows">
      {props.zooms.map((each) => (
        <button
          key={each.words}
          type="button"
          aria-pressed={each.words === props.zoom?.words}
          onClick={() => props.onChoose(each)}
        >
          {each.words}
        </button>
      ))}
    </div>
  );
}

type SliderProps = { readonly session: WatchSession; readonly whole: TimeBar; readonly shown: TimeBar };

function Slider({ session, whole, shown }: SliderProps): VNode {
  const previews = useComputed(() => new SpritePreviews()).value;
  const keptPreviews = useComputed(() => new KeptPreviews()).value;
  // A press chooses on the bar that is shown then, which is not the one it was drawn for.
  const latest = useRef({ whole, shown });
  latest.current = { whole, shown };
  const { bar, pointedAt, isDragging, handlers } = useScrubbing((share) => {
    const now = latest.current;
    goTo(session, now.whole, timeAt(now.shown, share));
  });
  const onKeyDown = (event: KeyboardEvent) => {
    const toMs = stepTo(whole, shown, event.key);
    if (toMs === undefined) return;
    event.preventDefault();
    goTo(session, whole, toMs, toMs < (whole.positionMs ?? whole.newestMs) ? 'back' : 'forward');
  };
  const knobMs = isDragging.value && pointedAt.value !== undefined ? timeAt(shown, pointedAt.value) : shown.positionMs;
  const isSeen = knobMs !== undefined && knobMs >= shown.startMs && knobMs <= shown.endMs + 1000;
  return (
    <div
      ref={bar}
      class={`scrub ${isDragging.value ? 'is-dragging' : ''} ${whole.isBack ? 'is-back' : ''}`}
      role="slider"
      tabIndex={0}
      aria-label="Position"
      aria-valuemin={0}
      aria-valuemax={Math.round((whole.newestMs - whole.oldestMs) / 1000)}
      aria-valuenow={Math.round(((knobMs ?? whole.newestMs) - whole.oldestMs) / 1000)}
      aria-valuetext={valueWords(whole, knobMs)}
      {...handlers}
      onKeyDown={onKeyDown}
    >
      <Track bar={shown} playedMs={knobMs} />
      {isSeen && <div class="scrub-knob" style={{ left: `${shareAt(shown, knobMs) * 100}%` }} />}
      <Pointed {...{ session, whole, shown, previews, keptPreviews, pointedAt }} />
    </div>
  );
}

function Track({ bar, playedMs }: { readonly bar: TimeBar; readonly playedMs: number | undefined }): VNode {
  return (
    <div class="scrub-track">
      {drawnSpans(bar, playedMs).map(({ left, width, played }) => (
        <div key={left} class="scrub-kept" style={{ left: `${left * 100}%`, width: `${width * 100}%` }}>
          <div class="scrub-played" style={{ width: `${played * 100}%` }} />
        </div>
      ))}
    </div>
  );
}

type PointedProps = SliderProps & {
  readonly previews: SpritePreviews;
  readonly keptPreviews: KeptPreviews;
  readonly pointedAt: ReadonlySignal<number | undefined>;
};

function Pointed({ session, whole, shown, previews, keptPreviews, pointedAt }: PointedProps): VNode | null {
  const share = pointedAt.value;
  if (share === undefined) return null;
  const atMs = timeAt(shown, share);
  if (!whole.isWallClock) {
    const tile = previews.tileAt(session.spriteUrl(), session.seekWindow.value?.wallMsAt(atMs / 1000));
    return <ScrubPreview {...{ whole, share, atMs, tile }} />;
  }
  const kept = keptPreviews.tileAt(session.keptSpriteUrl(), askedSpan(shown, whole.oldestMs), atMs);
  const tile = nearerTile(kept, previews.tileAt(session.spriteUrl(), atMs), atMs);
  return <ScrubPreview {...{ whole, share, atMs, tile }} />;
}

function goTo(session: WatchSession, whole: TimeBar, atMs: number, direction?: 'forward' | 'back'): void {
  if (!whole.isWallClock) {
    session.seekTo(atMs / 1000);
    return;
  }
  const goal = goalAt(whole, atMs, direction);
  if (goal === undefined) session.seekToLive();
  else session.seekToTime(goal);
}

/** For those who hear the page. */
function valueWords(whole: TimeBar, knobMs: number | undefined): string {
  if (knobMs === undefined) return 'Nothing plays';
  const behind = whole.isLive ? behindWords(whole.newestMs - knobMs) : '';
  if (!whole.isWallClock || behind === 'Live') return behind;
  return [clockWords(knobMs, Date.now()), behind].filter(Boolean).join(', ');
}
