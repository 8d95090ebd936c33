import { type Signal, signal, useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { hasMediaSource, offeredProtocols } from '../engines/index.ts';
import { HeadwaterMark } from '../icons/index.ts';
import { ControlBar } from './control-bar.tsx';
import { LiveStats } from './live-stats.ts';
import type { PageAddress } from './page-address.ts';
import { Screen } from './screen.ts';
import { StateOverlay } from './state-overlay.tsx';
import { StatsPanel } from './stats-panel.tsx';
import { exposeHook } from './test-hook.ts';
import { useIdle } from './use-idle.ts';
import { WatchSession } from './watch-session.ts';
import { describeState } from './watch-state.ts';
import type { Watching } from './watching.ts';

/** The whole player page. */
export function WatchPage({ address }: { readonly address: PageAddress }): VNode {
  const watching = useSignal<Watching | undefined>(undefined);
  const showsStats = useSignal(!address.isEmbedded);
  const stage = useRef<HTMLElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const spare = useRef<HTMLVideoElement>(null);
  const isIdle = useIdle(stage);
  useEffect(() => {
    if (!video.current || !spare.current) return;
    const screen = new Screen(video.current, spare.current);
    screen.shown.subscribe((shown) => (video.current = shown));
    watching.value = beginWatching(screen, address);
  }, [address, watching]);
  return (
    <div class={`page ${showsStats.value ? 'with-stats' : ''}`}>
      {!address.isEmbedded && <PageHeader address={address} watching={watching} />}
      <main>
        <section ref={stage} class={`stage ${isIdle.value ? 'is-idle' : ''}`} aria-label="Video">
          {/* biome-ignore lint/a11y/useMediaCaption: a live stream brings its captions in the picture or has none */}
          <video
            ref={video}
            playsInline
            crossOrigin="anonymous"
            onClick={() => watching.value?.session.togglePlaying()}
          />
          {/* biome-ignore lint/a11y/useMediaCaption: as above */}
          <video
            ref={spare}
            playsInline
            crossOrigin="anonymous"
            onClick={() => watching.value?.session.togglePlaying()}
          />
          {watching.value && <StateOverlay watching={watching.value} />}
          {watching.value && (
            <ControlBar
              watching={watching.value}
              video={video}
              stage={stage}
              showsStats={showsStats}
              asked={address.protocol}
            />
          )}
        </section>
        {showsStats.value && watching.value && <StatsPanel watching={watching.value} />}
      </main>
    </div>
  );
}

function PageHeader(props: { readonly address: PageAddress; readonly watching: Signal<Watching | undefined> }): VNode {
  const state = props.watching.value?.session.state ?? IDLE;
  const isBehind = props.watching.value?.session.isBehind.value === true;
  const words = isBehind && state.value.kind === 'live' ? BEHIND : describeState(state.value);
  return (
    <header>
      <HeadwaterMark />
      <h1>
        <span class="app">{props.address.app} /</span> {props.address.stream || 'no stream named'}
      </h1>
      <span class={`pill tone-${words.tone}`}>{words.label}</span>
    </header>
  );
}

const BEHIND = { label: 'Time shift', tone: 'quiet' } as const;
const IDLE = signal({ kind: 'connecting' } as const);

function beginWatching(screen: Screen, address: PageAddress): Watching {
  screen.shown.value.muted = address.isMuted;
  const offered = offeredProtocols(hasMediaSource(), address.protocol);
  const isOffered = address.protocol !== undefined && offered.includes(address.protocol);
  const protocol = (isOffered ? address.protocol : offered[0]) ?? 'native';
  const session = new WatchSession(screen, address, protocol);
  const stats = new LiveStats(session);
  exposeHook(session, stats);
  if (address.startsByItself) session.start();
  return { session, stats };
}
