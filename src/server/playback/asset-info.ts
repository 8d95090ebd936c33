import type { PlayInfo, PlaySource } from '../../vod/play/index.ts';

/** What a player is told of an asset; addresses are relative to this answer's own. */
export function shownPlayInfo(info: PlayInfo, uriOf: (path: string) => string): object {
  const { asset, sources, captions, thumbnailsPath, chaptersPath, coverPath, previewSeconds } = info;
  const cover = coverPath === undefined ? asset.coverUrl : uriOf(coverPath);
  return {
    asset: asset.id,
    title: asset.title,
    kind: asset.kind,
    ...(asset.durationSeconds === undefined ? {} : { durationSeconds: asset.durationSeconds }),
    ...(cover === undefined ? {} : { coverUrl: cover }),
    ...(previewSeconds === undefined ? {} : { previewSeconds }),
    sources: sources.map((source) => shownSource(source, uriOf)),
    captions: captions.map(({ path, ...caption }) => ({ ...caption, url: uriOf(path) })),
    ...(thumbnailsPath === undefined ? {} : { thumbnailsUrl: uriOf(thumbnailsPath) }),
    ...(asset.chapters === undefined || previewSeconds !== undefined ? {} : { chapters: asset.chapters }),
    ...(chaptersPath === undefined ? {} : { chaptersUrl: uriOf(chaptersPath) }),
  };
}

function shownSource({ kind, path, format, definition, file }: PlaySource, uriOf: (path: string) => string) {
  const { width, height, fps, bitsPerSecond, sizeBytes, encryption } = file ?? {};
  const facts = Object.entries({ width, height, fps, bitsPerSecond, sizeBytes, encryption });
  const known = Object.fromEntries(facts.filter(([, value]) => value !== undefined));
  return { kind, url: uriOf(path), format, definition, ...known };
}
