/** What an asset's player says; the console has it in Chinese, too. */
export type AssetWords = {
  readonly play: string;
  readonly pause: string;
  readonly soundOn: string;
  readonly soundOff: string;
  readonly position: string;
  readonly quality: string;
  readonly auto: string;
  readonly captions: string;
  readonly noCaptions: string;
  readonly speed: string;
  readonly fullscreen: string;
  readonly leaveFullscreen: string;
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
