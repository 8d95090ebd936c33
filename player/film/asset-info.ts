/** One way to play an asset. */
export type AssetSource = {
  readonly kind: 'hls' | 'dash' | 'file';
  readonly url: string;
  readonly format: string;
  readonly definition: string;
  readonly height?: number;
};

export type AssetCaptions = { readonly url: string; readonly language: string; readonly label: string };

/** A moment with a name. */
export type AssetChapter = { readonly title: string; readonly atSeconds: number };

/** What the server says of an asset; addresses are whole. */
export type AssetInfo = {
  readonly title: string;
  readonly kind: string;
  readonly durationSeconds?: number;
  readonly coverUrl?: string;
  readonly previewSeconds?: number;
  readonly sources: readonly AssetSource[];
  readonly captions: readonly AssetCaptions[];
  /** In their order. */
  readonly chapters: readonly AssetChapter[];
  readonly thumbnailsUrl?: string;
};

const KINDS: readonly string[] = ['hls', 'dash', 'file'];

/** Reads the answer of `play.json`; undefined where it is none. */
export function readAssetInfo(answer: unknown, base: string): AssetInfo | undefined {
  const { title, kind, durationSeconds, coverUrl, previewSeconds, sources, captions, thumbnailsUrl, chapters } =
    fieldsOf(answer);
  if (typeof title !== 'string' || typeof kind !== 'string' || !Array.isArray(sources)) return undefined;
  const [cover, thumbnails] = [addressOf(coverUrl, base), addressOf(thumbnailsUrl, base)];
  return {
    ...{ title, kind, sources: sources.flatMap((each) => readSource(each, base)) },
    ...(typeof durationSeconds === 'number' ? { durationSeconds } : {}),
    ...(typeof previewSeconds === 'number' ? { previewSeconds } : {}),
    ...(cover === undefined ? {} : { coverUrl: cover }),
    ...(thumbnails === undefined ? {} : { thumbnailsUrl: thumbnails }),
    chapters: Array.isArray(chapters) ? chapters.flatMap(readChapter).sort((a, b) => a.atSeconds - b.atSeconds) : [],
    captions: Array.isArray(captions) ? captions.flatMap((each) => readCaptions(each, base)) : [],
  };
}

function readSource(source: unknown, base: string): AssetSource[] {
  const { kind, url, format, definition, height } = fieldsOf(source);
  const address = addressOf(url, base);
  if (typeof kind !== 'string' || !KINDS.includes(kind) || typeof format !== 'string') return [];
  if (typeof definition !== 'string' || address === undefined) return [];
  const size = typeof height === 'number' ? { height } : {};
  return [{ kind: kind as AssetSource['kind'], url: address, format, definition, ...size }];
}

function readCaptions(captions: unknown, base: string): AssetCaptions[] {
  const { url, language, label } = fieldsOf(captions);
  const address = addressOf(url, base);
  if (address === undefined || typeof language !== 'string' || typeof label !== 'string') return [];
  return [{ url: address, language, label }];
}

function readChapter(chapter: unknown): AssetChapter[] {
  const { title, atSeconds } = fieldsOf(chapter);
  return typeof title === 'string' && typeof atSeconds === 'number' ? [{ title, atSeconds }] : [];
}

/** Nothing but HTTP: an address comes from whoever edits the library. */
function addressOf(value: unknown, base: string): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value, base)) return undefined;
  const url = new URL(value, base);
  return ['http:', 'https:'].includes(url.protocol) ? url.href : undefined;
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
