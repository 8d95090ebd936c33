import type { Asset, AssetFile } from '../index.ts';
import { ADAPTIVE, adaptiveFiles } from './adaptive.ts';
import { pathOfFile } from './asset-object.ts';
import { captionsOf, languageOf } from './captions.ts';

/** One way to play an asset; paths are below the asset's address. */
export type PlaySource = {
  /** `hls` adapts where it has several qualities; `file` is progressive and can be sought in by ranges. */
  readonly kind: 'hls' | 'dash' | 'file';
  readonly path: string;
  readonly format: string;
  readonly definition: string;
  readonly file?: AssetFile;
};

/** Everything that can be played or shown of an asset. */
export type PlayInfo = {
  readonly asset: Asset;
  /** The best for a browser first. */
  readonly sources: readonly PlaySource[];
  readonly captions: readonly { readonly path: string; readonly language: string; readonly label: string }[];
  /** WebVTT of small pictures by time. */
  readonly thumbnailsPath: string | undefined;
  readonly chaptersPath: string | undefined;
  readonly coverPath: string | undefined;
  readonly previewSeconds: number | undefined;
};

/** What browsers play without a playlist. */
const PROGRESSIVE: readonly string[] = ['mp4', 'm4a', 'mp3', 'webm', 'aac', 'ogg', 'flac', 'wav', 'mov'];
const KINDS: Readonly<Record<string, PlaySource['kind']>> = { m3u8: 'hls', mpd: 'dash' };
const ORDER = { hls: 0, dash: 2, file: 1 } as const;

/** @param previewSeconds where only the beginning may be seen: HLS only, and without pictures of the rest */
export function playInfoOf(asset: Asset, files: readonly AssetFile[], previewSeconds?: number): PlayInfo {
  const isPreview = previewSeconds !== undefined;
  const pathOf = (role: AssetFile['role']) => {
    const found = files.find((file) => file.role === role && (role === 'cover' || file.format === 'vtt'));
    return found && pathOfFile(found);
  };
  return {
    ...{ asset, previewSeconds },
    sources: sourcesOf(files).filter(({ kind }) => !isPreview || kind === 'hls'),
    captions: captionsOf(files).map((file, index) => {
      const language = languageOf(file) ?? 'und';
      return { path: `captions/${encodeURIComponent(file.id)}.vtt`, language, label: labelOf(language, index) };
    }),
    thumbnailsPath: isPreview ? undefined : pathOf('vtt'),
    chaptersPath: isPreview ? undefined : pathOf('chapters'),
    coverPath: pathOf('cover'),
  };
}

/** Renditions; the original where nothing else plays. */
export function sourcesOf(files: readonly AssetFile[]): readonly PlaySource[] {
  const ofRole = (role: AssetFile['role']) => files.filter((file) => file.role === role).flatMap(sourceOf);
  const renditions = ofRole('rendition');
  const sources = renditions.length > 0 ? renditions : ofRole('original');
  const isAdaptive = adaptiveFiles(files).length > 0;
  const adaptive = { kind: 'hls', path: ADAPTIVE, format: 'm3u8', definition: 'AUTO' } as const;
  const all: readonly PlaySource[] = isAdaptive ? [adaptive, ...sources] : sources;
  return all.toSorted((a, b) => rankOf(a) - rankOf(b));
}

/** Whether viewers may have it at all: what was uploaded is given away only where it is what is played or shown. */
export function isForViewers({ kind }: Asset, files: readonly AssetFile[], file: AssetFile): boolean {
  if (file.role === 'part') return false;
  if (file.role !== 'original' || kind === 'image' || kind === 'attached') return true;
  return sourcesOf(files).some((source) => source.file === file);
}

function sourceOf(file: AssetFile): PlaySource[] {
  const kind = KINDS[file.format] ?? (PROGRESSIVE.includes(file.format) ? 'file' : undefined);
  if (!kind) return [];
  const { format, definition = 'OD' } = file;
  return [{ kind, path: pathOfFile(file), format, definition, file }];
}

/** What adapts first, then the better ones. */
function rankOf({ kind, definition, file }: PlaySource): number {
  const quality = definition === 'AUTO' ? 1_000_000_000 : Math.min(999_999_999, file?.bitsPerSecond ?? 0);
  return ORDER[kind] * 1e12 - quality;
}

function labelOf(language: string, index: number): string {
  return language === 'und' ? `Captions ${index + 1}` : language;
}
