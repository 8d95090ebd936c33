import type { SpriteCue } from './sprite.ts';

export type VttOptions = {
  /** Unix time that the cues count from. */
  readonly startWallMs: number;
  /** How long the newest picture stands for the stream. */
  readonly everySeconds: number;
  /** The address of a sheet, which had so many tiles. */
  readonly urlOf: (sheet: number, tiles: number) => string;
};

/** One small picture: from when to when it stands for the stream, by the wall clock, and which part of which sheet it is. */
export type PictureCue = {
  readonly fromWallMs: number;
  readonly untilWallMs: number;
  /** Address of the sheet. */
  readonly url: string;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

/** WebVTT of a live stream's sprite: each picture stands until the next. */
export function spriteVtt(cues: readonly SpriteCue[], { startWallMs, everySeconds, urlOf }: VttOptions): string {
  const shown = cues.map(({ atWallMs, sheet, sheetTiles, ...place }, index) => {
    const untilWallMs = cues[index + 1]?.atWallMs ?? atWallMs + everySeconds * 1000;
    return { ...place, fromWallMs: atWallMs, untilWallMs, url: urlOf(sheet, sheetTiles) };
  });
  return pictureVtt(shown, startWallMs);
}

/** WebVTT whose cues are parts of pictures (`#xywh=` of W3C Media Fragments); its head says what wall clock time 0 is. */
export function pictureVtt(cues: readonly PictureCue[], startWallMs: number): string {
  const blocks = cues.map(({ fromWallMs, untilWallMs, url, y, width, height }) => {
    const time = `${vttTimestamp(fromWallMs - startWallMs)} --> ${vttTimestamp(untilWallMs - startWallMs)}`;
    return `${time}\n${url}#xywh=0,${y},${width},${height}\n`;
  });
  const head = `WEBVTT\nSTREAM-START: ${new Date(startWallMs).toISOString()}\n`;
  return [head, ...blocks].join('\n');
}

/** A time of WebVTT, with hours. */
export function vttTimestamp(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const [hours, minutes, seconds] = [whole / 3_600_000, (whole / 60_000) % 60, (whole / 1000) % 60];
  return `${two(hours)}:${two(minutes)}:${two(seconds)}.${String(whole % 1000).padStart(3, '0')}`;
}
