import { isStreamProtocol, type StreamProtocol } from '../engines/index.ts';

/** What the page's own address says: which stream, by which URLs, and how the page behaves. */
export type PageAddress = {
  /** For people and beacons, percent-decoded; may hold slashes, as in `prod/event2026`. */
  readonly app: string;
  readonly stream: string;
  readonly flvUrl: string;
  readonly hlsUrl: string;
  readonly protocol?: StreamProtocol;
  readonly isEmbedded: boolean;
  readonly isMuted: boolean;
  readonly startsByItself: boolean;
};

const OWN_PARAMETERS = ['flv', 'hls', 'protocol', 'embed', 'muted', 'autoplay'];

/** Reads `/{app}/{stream}?...`; every parameter that isn't the page's own goes on to the media URLs. */
export function readPageAddress(href: string): PageAddress {
  const page = new URL(href);
  const path = page.pathname.replace(/\/+$/, '');
  const cut = path.lastIndexOf('/');
  const protocol = page.searchParams.get('protocol');
  return {
    app: decode(path.slice(1, Math.max(1, cut))),
    stream: decode(path.slice(cut + 1)),
    flvUrl: givenUrl(page, 'flv', ['http:', 'https:', 'ws:', 'wss:']) ?? mediaUrl(page, path, '.flv'),
    hlsUrl: givenUrl(page, 'hls', ['http:', 'https:']) ?? mediaUrl(page, path, '.m3u8'),
    ...(isStreamProtocol(protocol) && { protocol }),
    isEmbedded: isOn(page.searchParams.get('embed')),
    isMuted: isOn(page.searchParams.get('muted')),
    startsByItself: page.searchParams.get('autoplay') !== '0',
  };
}

function mediaUrl(page: URL, path: string, extension: string): string {
  const url = new URL(`${path}${extension}`, page.origin);
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
