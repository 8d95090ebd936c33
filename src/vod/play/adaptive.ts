import type { Asset, AssetFile } from '../index.ts';
import { pathOfFile } from './asset-object.ts';
import { captionsOf, languageOf } from './captions.ts';

/** The name of the playlist of all qualities, where the asset has no file that is one. */
export const ADAPTIVE = 'auto.m3u8';

/** The renditions that the playlist of all qualities lists; none where the asset brings one of its own. */
export function adaptiveFiles(files: readonly AssetFile[]): readonly AssetFile[] {
  const lists = files.filter(({ role, format }) => role === 'rendition' && format === 'm3u8');
  return lists.some(({ definition }) => definition === 'AUTO') ? [] : lists;
}

/** A multivariant playlist of an asset's HLS renditions, with its captions; the best first. */
export function adaptivePlaylist({ durationSeconds = 0 }: Asset, files: readonly AssetFile[]): string {
  const captions = captionsOf(files);
  const subtitles = captions.map((file, index) => {
    const language = languageOf(file);
    const name = `NAME="${language ?? `Captions ${index + 1}`}"${language ? `,LANGUAGE="${language}"` : ''}`;
    const uri = `captions/${encodeURIComponent(file.id)}.m3u8`;
    return `#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="captions",${name},AUTOSELECT=YES,DEFAULT=NO,URI="${uri}"`;
  });
  const group = captions.length > 0 ? ',SUBTITLES="captions"' : '';
  const best = adaptiveFiles(files).toSorted((a, b) => bitsOf(b, durationSeconds) - bitsOf(a, durationSeconds));
  const variants = best.flatMap((file) => {
    const { width, height, fps } = file;
    const size = width && height ? `,RESOLUTION=${width}x${height}` : '';
    const rate = fps ? `,FRAME-RATE=${fps.toFixed(3)}` : '';
    const bandwidth = Math.max(1, Math.round(bitsOf(file, durationSeconds)));
    return [`#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth}${size}${rate}${group}`, pathOfFile(file)];
  });
  return ['#EXTM3U', '#EXT-X-VERSION:6', ...subtitles, ...variants, ''].join('\n');
}

function bitsOf({ bitsPerSecond, sizeBytes, durationSeconds }: AssetFile, ofAsset: number): number {
  const seconds = durationSeconds ?? ofAsset;
  return bitsPerSecond ?? (seconds > 0 ? (sizeBytes * 8) / seconds : 1_000_000);
}
