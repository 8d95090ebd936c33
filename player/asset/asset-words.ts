import type { BarWords } from '../watch/index.ts';

/** What an asset's player says. */
export type AssetWords = BarWords & {
  readonly position: string;
  readonly quality: string;
  readonly auto: string;
  readonly captions: string;
  readonly noCaptions: string;
  readonly speed: string;
  readonly previewEnds: string;
  readonly again: string;
  readonly cannotPlay: string;
  readonly nothingPlays: string;
};

export const ENGLISH: AssetWords = {
  play: 'Play',
  pause: 'Pause',
  soundOn: 'Turn the sound on',
  soundOff: 'Turn the sound off',
  position: 'Position',
  quality: 'Quality',
  auto: 'Auto',
  captions: 'Captions',
  noCaptions: 'No captions',
  speed: 'Speed',
  fullscreen: 'Fill the screen',
  leaveFullscreen: 'Leave the full screen',
  previewEnds: 'The preview ends here',
  again: 'From the beginning',
  cannotPlay: 'It cannot be played at the moment',
  nothingPlays: 'There is nothing here that this browser plays',
};
