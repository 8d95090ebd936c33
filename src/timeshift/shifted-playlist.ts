import type { HlsContainer } from '../packager/index.ts';

/** A playlist of the past, as its file is named: all that it depends on but the time of the request. */
export type ShiftedPlaylist = { readonly container: HlsContainer } & (
  | { readonly kind: 'shift'; readonly lagMs: number }
  | { readonly kind: 'window'; readonly startMs: number; readonly endMs: number; readonly lagMs: number }
  | { readonly kind: 'vod'; readonly startMs: number; readonly endMs: number }
);

const NAME = /^(ts-)?(shift|window|vod)-(\d{1,15})(?:-(\d{1,15}))?(?:-(\d{1,15}))?\.m3u8$/;

/** Beside `live.m3u8` under a session's path. */
export function shiftedPlaylistName(playlist: ShiftedPlaylist): string {
  const numbers = numbersOf(playlist);
  return `${playlist.container === 'ts' ? 'ts-' : ''}${playlist.kind}-${numbers.join('-')}.m3u8`;
}

function numbersOf(playlist: ShiftedPlaylist): readonly number[] {
  switch (playlist.kind) {
    case 'shift':
      return [playlist.lagMs];
    case 'window':
      return [playlist.startMs, playlist.endMs, playlist.lagMs];
    case 'vod':
      return [playlist.startMs, playlist.endMs];
  }
}

/** What a file name stands for; undefined for any other file. */
export function shiftedPlaylistOf(file: string): ShiftedPlaylist | undefined {
  const [matched, ts, kind, ...digits] = NAME.exec(file) ?? [];
  if (matched === undefined) return undefined;
  const container: HlsContainer = ts === undefined ? 'fmp4' : 'ts';
  const [first, second, third] = digits.map((each) => (each === undefined ? undefined : Number(each)));
  if (first === undefined) return undefined;
  if (kind === 'shift') return second === undefined ? { container, kind, lagMs: first } : undefined;
  if (second === undefined || second <= first) return undefined;
  const range = { startMs: first, endMs: second };
  if (kind === 'vod') return third === undefined ? { container, kind, ...range } : undefined;
  return kind === 'window' && third !== undefined ? { container, kind, ...range, lagMs: third } : undefined;
}
