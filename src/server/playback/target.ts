import { type PreviewSheet, sheetOf } from '../../preview/index.ts';

/** What a path of the playback door names. */
export type Target =
  | { readonly kind: 'flv'; readonly app: string; readonly stream: string }
  | {
      readonly kind: 'playlist';
      readonly app: string;
      readonly stream: string;
      /** `demo` where `stream` is `demo-llhls`: ApsaraVideo's address of the low-latency packaging of `demo`. */
      readonly packaged?: string;
    }
  | {
      readonly kind: 'hls';
      readonly app: string;
      readonly stream: string;
      /** Empty where the token is in the query. */
      readonly token: string;
      /** The rendition, where it is played as one of several; empty for the stream itself. */
      readonly template: string;
      readonly file: string;
    }
  | { readonly kind: 'snapshot'; readonly app: string; readonly stream: string }
  | {
      readonly kind: 'sprite';
      readonly app: string;
      readonly stream: string;
      /** Of the session whose path it is; empty where it is in the query. */
      readonly token?: string;
      /** The number of one in memory, or one of the past; undefined for the file that says what is in which sheet. */
      readonly sheet?: number | PreviewSheet;
    }
  /** What is pressed while the stream is on. */
  | { readonly kind: 'hotkey'; readonly app: string; readonly stream: string; readonly does: 'clip' | 'marker' }
  | {
      readonly kind: 'clip';
      readonly app: string;
      readonly stream: string;
      readonly id: string;
      /** Undefined for its page. */
      readonly file?: ClipFile;
    }
  | {
      readonly kind: 'chapters';
      readonly app: string;
      readonly stream: string;
      /** Empty where it is in the query. */
      readonly token: string;
    }
  | { readonly kind: 'channels'; readonly app: string }
  /** ApsaraVideo's address of what can be played back; app and stream are in the query. */
  | { readonly kind: 'timeline' }
  | AssetTarget
  /** The page that plays an asset. */
  | { readonly kind: 'asset-page'; readonly asset: string }
  | { readonly kind: 'page'; readonly app: string; readonly stream: string };

/** What is below the address of an asset of the library. */
export type AssetTarget = {
  readonly kind: 'asset';
  readonly asset: string;
  /** Of a session; empty where it is in the query, undefined where there is none. */
  readonly token: string | undefined;
  /** Below the asset's address and the token; percent-decoded. */
  readonly path: string;
};

/** What there is of a clip beside its page. */
export type ClipFile = 'mp4' | 'jpg' | 'vtt' | 'json';

const NAME = '[A-Za-z0-9][A-Za-z0-9_-]{0,254}';
const APP = `${NAME}(?:/${NAME}){0,3}`;
const MEDIA = new RegExp(`^/(${APP})/(${NAME})\\.(flv|m3u8|jpg|vtt)$`);
const SPRITE = new RegExp(`^/(${APP})/(${NAME})/~([A-Za-z0-9_.-]*)/(sprite\\.vtt|sprite-[0-9a-f-]{1,40}\\.jpg)$`);
const SHEET_IN_MEMORY = /^sprite-(\d{1,9})\.jpg$/;
const PACKAGED = /^(.+)-llhls$/;
const TEMPLATE = '[A-Za-z0-9][A-Za-z0-9-]{0,31}';
const HLS = new RegExp(`^/(${APP})/(${NAME})/~([A-Za-z0-9_.-]*)/(?:(${TEMPLATE})/)?([a-z0-9.-]{1,64})$`);
const CHAPTERS = new RegExp(`^/(${APP})/(${NAME})/~([A-Za-z0-9_.-]*)/chapters\\.vtt$`);
const HOTKEY = new RegExp(`^/(${APP})/(${NAME})/(clip|marker)$`);
/** As long as no name that people give, so that streams of such an app can be told from clips. */
const CLIP = new RegExp(`^/(${APP})/(${NAME})/clips/([0-9a-z]{25})(?:\\.(mp4|jpg|vtt|json))?$`);
/** An app `vod` may have streams, but none whose name is as an asset's id: 32 hexadecimal digits. */
const ASSET = /^\/vod\/([0-9a-f]{32})(?:\/(?:~([A-Za-z0-9_.-]*)\/)?([^~].*))?$/;
const TIMELINE = '/openapi/timeline/query';
const CHANNELS = new RegExp(`^/(${APP})\\.m3u$`);
const PAGE = new RegExp(`^/(${APP})/(${NAME})$`);

/**
 * Reads a path; undefined for one that names nothing. Names of streams need no percent-encoding, so a path with any is
 * none; files of assets may have any.
 *
 * @param path as sent, without the query
 */
export function targetOf(path: string): Target | undefined {
  if (path === TIMELINE) return { kind: 'timeline' };
  if (path.startsWith('/vod/')) {
    const asset = assetTarget(path);
    if (asset) return asset;
  }
  const clipped = clipTarget(path);
  if (clipped) return clipped;
  const media = mediaTarget(path);
  if (media) return media;
  const sprite = spriteTarget(path);
  if (sprite) return sprite;
  const hls = HLS.exec(path);
  if (hls?.[1] && hls[2] && hls[3] !== undefined && hls[5]) {
    return { kind: 'hls', app: hls[1], stream: hls[2], token: hls[3], template: hls[4] ?? '', file: hls[5] };
  }
  const channels = CHANNELS.exec(path);
  if (channels?.[1]) return { kind: 'channels', app: channels[1] };
  const page = PAGE.exec(path);
  if (page?.[1] && page[2]) return { kind: 'page', app: page[1], stream: page[2] };
  return undefined;
}

function assetTarget(path: string): Target | undefined {
  const [, asset, token, encoded] = ASSET.exec(path) ?? [];
  if (asset === undefined) return undefined;
  if (encoded === undefined) return { kind: 'asset-page', asset };
  try {
    return { kind: 'asset', asset, token, path: decodeURIComponent(encoded) };
  } catch {
    return undefined;
  }
}

/** What is clipped and marked; apps of several parts have their streams beside it, but for these names. */
function clipTarget(path: string): Target | undefined {
  const [, app, stream, id, file] = CLIP.exec(path) ?? [];
  if (app && stream && id) return { kind: 'clip', app, stream, id, ...(file ? { file: file as ClipFile } : {}) };
  const hotkey = HOTKEY.exec(path);
  if (hotkey?.[1] && hotkey[2]) {
    return { kind: 'hotkey', app: hotkey[1], stream: hotkey[2], does: hotkey[3] === 'clip' ? 'clip' : 'marker' };
  }
  const chapters = CHAPTERS.exec(path);
  if (!chapters?.[1] || !chapters[2]) return undefined;
  return { kind: 'chapters', app: chapters[1], stream: chapters[2], token: chapters[3] ?? '' };
}

/** Small pictures, by the token of a session. */
function spriteTarget(path: string): Target | undefined {
  const [, app, stream, token, file = ''] = SPRITE.exec(path) ?? [];
  if (!app || !stream || token === undefined) return undefined;
  const target = { kind: 'sprite', app, stream, token } as const;
  if (file === 'sprite.vtt') return target;
  const number = SHEET_IN_MEMORY.exec(file)?.[1];
  const sheet = number === undefined ? sheetOf(file) : Number(number);
  return sheet === undefined ? undefined : { ...target, sheet };
}

/** What is directly under the app. */
function mediaTarget(path: string): Target | undefined {
  const media = MEDIA.exec(path);
  if (!media?.[1] || !media[2]) return undefined;
  const [, app, stream, extension] = media;
  if (extension === 'flv') return { kind: 'flv', app, stream };
  if (extension === 'jpg') return { kind: 'snapshot', app, stream };
  if (extension === 'vtt') return { kind: 'sprite', app, stream };
  const packaged = PACKAGED.exec(stream)?.[1];
  return { kind: 'playlist', app, stream, ...(packaged ? { packaged } : {}) };
}

/** Whether app and stream are such as a path could name. */
export function isStreamName(app: string, stream: string): boolean {
  return PAGE.test(`/${app}/${stream}`);
}

/** A request's target in two; neither is decoded. */
export function pathOf(url: string | undefined): { readonly path: string; readonly query: string } {
  const whole = url ?? '/';
  const at = whole.indexOf('?');
  return at < 0 ? { path: whole, query: '' } : { path: whole.slice(0, at), query: whole.slice(at + 1) };
}
