import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';

/** What the controls show of the video element. */
export type VideoFacts = { readonly isPaused: boolean; readonly isMuted: boolean; readonly volume: number };

/** Follows the element's own events. */
export function useVideoFacts(video: HTMLVideoElement): VideoFacts {
  const facts = useSignal<VideoFacts>({ isPaused: true, isMuted: false, volume: 1 });
  useEffect(() => {
    const follow = () => {
      facts.value = { isPaused: video.paused, isMuted: video.muted, volume: video.volume };
    };
    const events = ['play', 'pause', 'volumechange', 'emptied'] as const;
    for (const event of events) video.addEventListener(event, follow);
    follow();
    return () => {
      for (const event of events) video.removeEventListener(event, follow);
    };
  }, [video, facts]);
  return facts.value;
}
