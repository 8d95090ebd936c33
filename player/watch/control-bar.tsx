import type { Signal } from '@preact/signals';
import type { RefObject, VNode } from 'preact';
import { hasMediaSource, offeredProtocols, PROTOCOL_NAMES, type StreamProtocol } from '../engines/index.ts';
import { GraphIcon, PictureInPictureIcon } from '../icons/index.ts';
import { BarButton, FullscreenButton, PlayButton, SoundButton } from './bar-buttons.tsx';
import { QualityMenu } from './quality-menu.tsx';
import { togglePictureInPicture } from './screens.ts';
import { ScrubBar } from './scrub-bar.tsx';
import { useVideoFacts } from './use-video-facts.ts';
import type { Watching } from './watching.ts';

const WORDS = {
  ...{ play: 'Play', pause: 'Pause', soundOn: 'Turn the sound on', soundOff: 'Turn the sound off' },
  ...{ fullscreen: 'Full screen', leaveFullscreen: 'Leave full screen' },
};

type BarProps = {
  readonly watching: Watching;
  readonly video: RefObject<HTMLVideoElement | null>;
  readonly stage: RefObject<HTMLElement | null>;
  readonly showsStats: Signal<boolean>;
  readonly asked: StreamProtocol | undefined;
};

/** The controls at the foot of the picture. */
export function ControlBar({ watching, video, stage, showsStats, asked }: BarProps): VNode {
  const { session } = watching;
  const facts = useVideoFacts(session.screen.shown.value);
  const isBack = session.isBehind.value;
  const isPlaying = !facts.isPaused && session.state.value.kind !== 'idle';
  return (
    <div class="bar" role="toolbar" aria-label="Player">
      <ScrubBar session={session} />
      <PlayButton isPlaying={isPlaying} words={WORDS} onToggle={() => session.togglePlaying()} />
      <SoundButton isMuted={facts.isMuted} words={WORDS} onToggle={() => session.toggleMuted()} />
      <VolumeSlider video={video} facts={facts} />
      <button
        type="button"
        class={`to-live ${isBack ? 'is-back' : ''}`}
        title="Go to the newest picture"
        onClick={() => session.seekToLive()}
      >
        <span class={`dot ${session.state.value.kind === 'live' && isPlaying && !isBack ? 'is-live' : ''}`} /> Live
      </button>
      <span class="space" />
      <QualityMenu watching={watching} />
      <ProtocolMenu watching={watching} asked={asked} />
      <BarButton
        label="Numbers and graphs"
        isPressed={showsStats.value}
        onClick={() => (showsStats.value = !showsStats.value)}
      >
        <GraphIcon />
      </BarButton>
      {document.pictureInPictureEnabled && (
        <BarButton
          label="Picture in picture"
          extraClass="wide-only"
          onClick={() => togglePictureInPicture(video.current)}
        >
          <PictureInPictureIcon />
        </BarButton>
      )}
      <FullscreenButton stage={stage} video={() => video.current} words={WORDS} />
    </div>
  );
}

function VolumeSlider({
  video,
  facts,
}: {
  readonly video: RefObject<HTMLVideoElement | null>;
  readonly facts: { isMuted: boolean; volume: number };
}): VNode {
  return (
    <input
      type="range"
      class="volume wide-only"
      aria-label="Volume"
      min="0"
      max="1"
      step="0.05"
      value={facts.isMuted ? 0 : facts.volume}
      onInput={({ currentTarget }) => {
        if (!video.current) return;
        video.current.volume = Number(currentTarget.value);
        video.current.muted = video.current.volume === 0;
      }}
    />
  );
}

function ProtocolMenu({
  watching: { session },
  asked,
}: {
  readonly watching: Watching;
  readonly asked: StreamProtocol | undefined;
}): VNode {
  return (
    <select
      aria-label="Protocol"
      value={session.protocol.value}
      onChange={({ currentTarget }) => session.chooseProtocol(currentTarget.value as StreamProtocol)}
    >
      {offeredProtocols(hasMediaSource(), asked).map((protocol) => (
        <option key={protocol} value={protocol}>
          {PROTOCOL_NAMES[protocol]}
        </option>
      ))}
    </select>
  );
}
