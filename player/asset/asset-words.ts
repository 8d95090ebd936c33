import type { BarWords } from '../watch/index.ts';

/** What an asset's player says. */
export type AssetWords = BarWords & {
  readonly position: string;
  readonly quality: string;
  readonly auto: string;
  readonly captions: string;
  readonly noCaptions: string;
  readonly speed: string;
  readonly chapters: string;
  readonly previewEnds: string;
  readonly again: string;
  readonly cannotPlay: string;
  readonly nothingPlays: string;
};

export const CHINESE: AssetWords = {
  play: '播放',
  pause: '暂停',
  soundOn: '打开声音',
  soundOff: '静音',
  position: '播放位置',
  quality: '清晰度',
  auto: '自动',
  captions: '字幕',
  noCaptions: '无字幕',
  speed: '倍速',
  chapters: '章节',
  fullscreen: '全屏',
  leaveFullscreen: '退出全屏',
  previewEnds: '试看结束',
  again: '从头播放',
  cannotPlay: '暂时无法播放',
  nothingPlays: '没有此浏览器可以播放的内容',
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
  chapters: 'Chapters',
  fullscreen: 'Fill the screen',
  leaveFullscreen: 'Leave the full screen',
  previewEnds: 'The preview ends here',
  again: 'From the beginning',
  cannotPlay: 'It cannot be played at the moment',
  nothingPlays: 'There is nothing here that this browser plays',
};
