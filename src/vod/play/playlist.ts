/** What of a file is left in a playlist that is cut: all of it, or its bytes before `endByte`. */
export type KeptPart = { readonly endByte?: number };

/** Whether the text is a playlist of segments and not one of playlists. */
export function isMediaPlaylist(text: string): boolean {
  return /^#EXTINF:/m.test(text) || /^#EXT-X-TARGETDURATION:/m.test(text);
}

/** The playlist with its relative URIs changed: of lines that are no tags, and of `URI` attributes. */
export function withUris(text: string, change: (uri: string) => string): string {
  const changed = (uri: string) => (isRelative(uri) ? change(uri) : uri);
  return text
    .split(/\r?\n/)
    .map((line) => {
      if (line.trim() === '') return line;
      if (!line.startsWith('#')) return changed(line.trim());
      return line.replace(/URI="([^"]*)"/g, (_whole, uri: string) => `URI="${changed(uri)}"`);
    })
    .join('\n');
}

/** The same of a DASH list: templates and addresses of segments, but not what they only begin with. */
export function withMpdUris(text: string, change: (uri: string) => string): string {
  const changed = (escaped: string) => {
    const uri = escaped.replaceAll('&amp;', '&');
    return isRelative(uri) && !uri.endsWith('/') ? change(uri).replaceAll('&', '&amp;') : escaped;
  };
  return text
    .replace(/\b(media|initialization|sourceURL|index)="([^"]+)"/g, (_all, name, uri) => `${name}="${changed(uri)}"`)
    .replace(/(<BaseURL[^>]*>)([^<]+)(<\/BaseURL>)/g, (_all, start, uri, end) => `${start}${changed(uri)}${end}`);
}

/** Adds to the query of a URI. */
export function withArgument(uri: string, name: string, value: string): string {
  return `${uri}${uri.includes('?') ? '&' : '?'}${name}=${value}`;
}

/**
 * The beginning of a media playlist: the segments that begin before `seconds`, with an end. `parts` says of each URI in
 * it how far it is needed.
 */
export function cutPlaylist(text: string, seconds: number): { text: string; parts: ReadonlyMap<string, KeptPart> } {
  const kept: string[] = [];
  const parts = new Map<string, KeptPart>();
  let pending: string[] = [];
  let startS = 0;
  let durationS = 0;
  const bytes = new ByteRanges(parts);
  for (const line of text.split(/\r?\n/)) {
    if (line.startsWith('#EXT-X-ENDLIST') || line.trim() === '') continue;
    if (line.startsWith('#')) {
      if (startS >= seconds) continue;
      if (line.startsWith('#EXTINF:')) durationS = Number.parseFloat(line.slice('#EXTINF:'.length)) || 0;
      bytes.tag(line);
      pending.push(line);
      continue;
    }
    if (startS >= seconds) break;
    bytes.segment(line.trim());
    kept.push(...pending, line.trim());
    pending = [];
    startS += durationS;
  }
  // What stands before a first segment is the head; without segments it is all there is.
  const head = kept.length === 0 ? pending : [];
  return { text: [...head, ...kept, '#EXT-X-ENDLIST', ''].join('\n'), parts };
}

/** Follows EXT-X-BYTERANGE, whose offset may be left out (RFC 8216, 4.3.2.2), and maps and keys on the way. */
class ByteRanges {
  readonly #parts: Map<string, KeptPart>;
  #range: string | undefined;
  #nextByte = 0;
  #lastUri = '';

  constructor(parts: Map<string, KeptPart>) {
    this.#parts = parts;
  }

  tag(line: string): void {
    if (line.startsWith('#EXT-X-BYTERANGE:')) this.#range = line.slice('#EXT-X-BYTERANGE:'.length).trim();
    const uri = /URI="([^"]*)"/.exec(line)?.[1];
    if (uri === undefined) return;
    const range = /BYTERANGE="([^"]*)"/.exec(line)?.[1];
    this.#keep(uri, range === undefined ? undefined : endOf(range, 0));
  }

  segment(uri: string): void {
    const endByte =
      this.#range === undefined ? undefined : endOf(this.#range, uri === this.#lastUri ? this.#nextByte : 0);
    this.#keep(uri, endByte);
    this.#nextByte = endByte ?? 0;
    this.#lastUri = uri;
    this.#range = undefined;
  }

  #keep(uri: string, endByte: number | undefined): void {
    const known = this.#parts.get(uri);
    if (endByte === undefined) this.#parts.set(uri, {});
    else if (!known || known.endByte !== undefined) {
      this.#parts.set(uri, { endByte: Math.max(endByte, known?.endByte ?? 0) });
    }
  }
}

function endOf(range: string, otherwiseAt: number): number {
  const [length = '0', offset] = range.split('@');
  return Number(length) + (offset === undefined ? otherwiseAt : Number(offset));
}

/** An address of its own is left as it is. */
function isRelative(uri: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:/i.test(uri) && !uri.startsWith('/');
}
