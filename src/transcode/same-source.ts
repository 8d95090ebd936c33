import type { TrackSet } from '../live/index.ts';

const NOTHING = new Uint8Array(0);

/** Whether FFmpeg can go on with what it was started for. */
export function isSameSource(a: TrackSet, b: TrackSet): boolean {
  return (
    a.video?.width === b.video?.width &&
    a.video?.height === b.video?.height &&
    isSameTrack(a.video, b.video) &&
    isSameTrack(a.audio, b.audio)
  );
}

type Coded = { readonly codec: string; readonly config?: Uint8Array | undefined };

function isSameTrack(a: Coded | undefined, b: Coded | undefined): boolean {
  return a?.codec === b?.codec && Buffer.compare(a?.config ?? NOTHING, b?.config ?? NOTHING) === 0;
}
