import { isStreamProtocol, type StreamProtocol } from '../engines/index.ts';
import type { Span } from './kept-time.ts';

/** What the page's own address says: which stream, by which URLs, and how the page behaves. */
export type PageAddress = {
  /** For people and beacons, percent-decoded; may hold slashes, as in `prod/event2026`. */
  readonly app: string;
  readonly stream: string;
  readonly flvUrl: string;
  readonly hlsUrl: string;
  /** Answers which times of the stream can be played; undefined where the playlist lies elsewhere. */
  readonly timelineUrl: string | undefined;
  /** Tells of small pictures of the stream; undefined where the playlist lies elsewhere. */
  readonly spriteUrl: string | undefined;
  readonly protocol?: StreamProtocol;
  readonly isEmbedded: boolean;
  readonly isMuted: boolean;
  readonly startsByItself: boolean;
};

const OWN_PARAMETERS = ['flv', 'hls', 'timeline', 'sprite', 'protocol', 'embed', 'muted', 'autoplay'];

/** Reads `/{app}/{stream}?...`; every parameter that isn't the page's own goes on to the media URLs. */
export function readPageAddress(href: string): PageAddress {
  const page = new URL(href);
  const path = page.pathname.replace(/\/+$/, '');
  const cut = path.lastIndexOf('/');
  const protocol = page.searchParams.get('protocol');
  const hlsUrl = givenUrl(page, 'hls', ['http:', 'https:']);
  return {
    app: decode(path.slice(1, Math.max(1, cut))),
    stream: decode(path.slice(cut + 1)),
    flvUrl: givenUrl(page, 'flv', ['http:', 'https:', 'ws:', 'wss:']) ?? mediaUrl(page, path, '.flv'),
    hlsUrl: hlsUrl ?? mediaUrl(page, path, '.m3u8'),
    spriteUrl: givenUrl(page, 'sprite', ['http:', 'https:']) ?? (hlsUrl ? undefined : mediaUrl(page, path, '.vtt')),
    timelineUrl: givenUrl(page, 'timeline', ['http:', 'https:']) ?? (hlsUrl ? undefined : timelineUrl(page, path)),
    ...(isStreamProtocol(protocol) && { protocol }),
    isEmbedded: isOn(page.searchParams.get('embed')),
    isMuted: isOn(page.searchParams.get('muted')),
    startsByItself: page.searchParams.get('autoplay') !== '0',
  };
}

/** The URL of a playlist of the past: from a moment on, as far behind now as that is. */
export function pastUrl(hlsUrl: string, startMs: number): string {
  const url = withoutTimes(new URL(hlsUrl));
  url.searchParams.set('aliyunols', 'on');
  url.searchParams.set('lhs_start_unix_ms_0', String(Math.round(startMs)));
  return url.href;
}

/** The URL of the small pictures of a time, by that of those of now. */
export function pastSpriteUrl(spriteUrl: string, { startMs, endMs }: Span): string {
  const url = withoutTimes(new URL(spriteUrl));
  url.searchParams.set('lhs_start_unix_ms_0', String(Math.floor(startMs)));
  url.searchParams.set('lhs_vodend_unix_ms_0', String(Math.ceil(endMs)));
  return url.href;
}

function mediaUrl(page: URL, path: string, extension: string): string {
  return withParametersOf(page, new URL(`${path}${extension}`, page.origin));
}

/** Without a start and an end it is about all that there is, whatever this machine's clock says. */
function timelineUrl(page: URL, path: string): string {
  const url = new URL('/openapi/timeline/query', page.origin);
  const cut = path.lastIndexOf('/');
  const stream = { app: decode(path.slice(1, Math.max(1, cut))), stream: decode(path.slice(cut + 1)) };
  for (const [name, value] of Object.entries({ aliyunols: 'on', ...stream, format: 'ts' })) {
    url.searchParams.set(name, value);
  }
  return withoutTimes(new URL(withParametersOf(page, url))).href;
}

function withoutTimes(url: URL): URL {
  for (const name of [...url.searchParams.keys()]) if (name.startsWith('lhs_')) url.searchParams.delete(name);
  return url;
}

function withParametersOf(page: URL, url: URL): string {
  for (const [name, value] of page.searchParams) {
    if (!OWN_PARAMETERS.includes(name)) url.searchParams.append(name, value);
  }
  return url.href;
}

function givenUrl(page: URL, parameter: string, schemes: readonly string[]): string | undefined {
  const given = page.searchParams.get(parameter);
  if (!given || !URL.canParse(given, page.origin)) return undefined;
  const url = new URL(given, page.origin);
  return schemes.includes(url.protocol) ? url.href : undefined;
}

function isOn(value: string | null): boolean {
  return value === '1' || value === 'true' || value === '';
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
