import type { AssetFile } from '../index.ts';
import { folderOf } from './asset-object.ts';

const LANGUAGE = /[._-]([a-z]{2,3}(?:-[A-Za-z]{2,4})?)$/;
/** Subtitles that browsers are given, as WebVTT. */
const FORMATS: readonly string[] = ['vtt', 'srt'];

/** Captions of an asset that a browser can show. */
export function captionsOf(files: readonly AssetFile[]): readonly AssetFile[] {
  return files.filter(({ role, format }) => role === 'captions' && FORMATS.includes(format));
}

/** The language that a file's name ends with, as in `talk.en.vtt`. */
export function languageOf({ object }: AssetFile): string | undefined {
  const name = object.slice(folderOf(object).length).replace(/\.[^.]*$/, '');
  return LANGUAGE.exec(name)?.[1];
}

/** SubRip as WebVTT, where it isn't that already: a head, and points instead of commas in times. */
export function asWebVtt(text: string): string {
  const plain = text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  if (plain.startsWith('WEBVTT')) return plain;
  return `WEBVTT\n\n${plain.replace(/(\d\d:\d\d:\d\d),(\d{3})/g, '$1.$2')}`;
}

/** A playlist of one segment, as HLS wants captions to be listed. */
export function captionsPlaylist(uri: string, durationSeconds: number): string {
  const seconds = Math.max(1, durationSeconds);
  const head = ['#EXTM3U', '#EXT-X-VERSION:3', `#EXT-X-TARGETDURATION:${Math.ceil(seconds)}`];
  return [...head, '#EXT-X-PLAYLIST-TYPE:VOD', `#EXTINF:${seconds.toFixed(3)},`, uri, '#EXT-X-ENDLIST', ''].join('\n');
}
