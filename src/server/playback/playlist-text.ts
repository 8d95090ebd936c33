import type { Bytes } from './answer.ts';
import { ReportedPlaylists } from './reported-playlists.ts';
import { SettledGzip } from './settled-gzip.ts';

export const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl';
const UNPACKED = { Vary: 'Accept-Encoding' };
const PACKED = { ...UNPACKED, 'Content-Encoding': 'gzip' };
/** Shorter texts fit in one packet either way. */
const WORTH_GZIP_BYTES = 600;

type PlaylistAnswer = {
  readonly body: Uint8Array;
  /** What the body begins with, where others begin with the same object. */
  readonly settled?: Uint8Array | undefined;
  readonly cacheControl: string;
  readonly isShared: boolean;
  readonly takesGzip: boolean;
};

/** Playlists as answers; one that many viewers share is compressed once. */
export class PlaylistText {
  readonly reported = new ReportedPlaylists();
  readonly #gzipped = new WeakMap<Uint8Array, Uint8Array>();
  readonly #gzip = new SettledGzip();

  /** @param isShared whether the same object is given again */
  answer({ body, settled, cacheControl, isShared, takesGzip }: PlaylistAnswer): Bytes {
    const packed = takesGzip && body.length >= WORTH_GZIP_BYTES ? this.#pack(body, settled, isShared) : undefined;
    if (packed) return { type: PLAYLIST_TYPE, cacheControl, body: packed, headers: PACKED };
    return { type: PLAYLIST_TYPE, cacheControl, body, headers: UNPACKED };
  }

  #pack(body: Uint8Array, settled: Uint8Array | undefined, isShared: boolean): Uint8Array {
    const known = this.#gzipped.get(body);
    if (known) return known;
    const packed = this.#gzip.of(body, settled);
    if (isShared) this.#gzipped.set(body, packed);
    return packed;
  }
}

/** Whether an Accept-Encoding header lets gzip be used (RFC 9110, 12.5.3). */
export function acceptsGzip(header: string | readonly string[] | undefined): boolean {
  const codings = String(header ?? '')
    .toLowerCase()
    .split(',')
    .map((each) => each.split(';').map((part) => part.trim()));
  const coding = codings.find(([name]) => name === 'gzip') ?? codings.find(([name]) => name === '*');
  return coding !== undefined && !coding.slice(1).some((parameter) => /^q=0(\.0*)?$/.test(parameter));
}

/** Adds a query to every URI of a playlist: lines that are no tags, and `URI` attributes. */
export function withQuery(text: Uint8Array, query: string): Uint8Array {
  const lines = new TextDecoder().decode(text).split('\n');
  const carried = lines.map((line) => {
    if (line === '') return line;
    return line.startsWith('#') ? line.replace(/URI="([^"]*)"/g, `URI="$1?${query}"`) : `${line}?${query}`;
  });
  return new TextEncoder().encode(carried.join('\n'));
}
