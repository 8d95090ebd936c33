import { useSignal } from '@preact/signals';
import type { ComponentChildren, RefObject, VNode } from 'preact';
import { useEffect } from 'preact/hooks';
import { FullscreenIcon, LeaveFullscreenIcon, MutedIcon, PauseIcon, PlayIcon, SoundIcon } from '../icons/index.ts';
import { isFullscreenOf, toggleFullscreen } from './screens.ts';

/** What the buttons are called that every player has. */
export type BarWords = {
  readonly play: string;
  readonly pause: string;
  readonly soundOn: string;
  readonly soundOff: string;
  readonly fullscreen: string;
  readonly leaveFullscreen: string;
};

/** A button of a player's bar: a picture with its words. */
export function BarButton(props: {
  readonly label: string;
  readonly onClick: () => void;
  readonly isPressed?: boolean;
  readonly extraClass?: string;
  readonly children: ComponentChildren;
}): VNode {
  return (
    <button
      type="button"
      class={`icon-button ${props.extraClass ?? ''}`}
      aria-label={props.label}
      title={props.label}
      aria-pressed={props.isPressed}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}

type ToggleProps = { readonly words: BarWords; readonly onToggle: () => void };

export function PlayButton({ isPlaying, words, onToggle }: ToggleProps & { readonly isPlaying: boolean }): VNode {
  return (
    <BarButton label={isPlaying ? words.pause : words.play} onClick={onToggle}>
      {isPlaying ? <PauseIcon /> : <PlayIcon />}
    </BarButton>
  );
}

export function SoundButton({ isMuted, words, onToggle }: ToggleProps & { readonly isMuted: boolean }): VNode {
  return (
    <BarButton label={isMuted ? words.soundOn : words.soundOff} onClick={onToggle}>
      {isMuted ? <MutedIcon /> : <SoundIcon />}
    </BarButton>
  );
}

/** Into the full screen and out of it, also when somebody leaves it by a key. */
export function FullscreenButton(props: {
  readonly stage: RefObject<HTMLElement | null>;
  readonly video: () => HTMLVideoElement | null;
  readonly words: BarWords;
}): VNode {
  const { stage, video, words } = props;
  const isFull = useSignal(false);
  useEffect(() => {
    const follow = () => {
      isFull.value = isFullscreenOf(stage.current);
    };
    document.addEventListener('fullscreenchange', follow);
    return () => document.removeEventListener('fullscreenchange', follow);
  }, [stage, isFull]);
  return (
    <BarButton
      label={isFull.value ? words.leaveFullscreen : words.fullscreen}
      onClick={() => toggleFullscreen(stage.current, video())}
    >
      {isFull.value ? <LeaveFullscreenIcon /> : <FullscreenIcon />}
    </BarButton>
  );
}
