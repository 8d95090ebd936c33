import HlsParser from 'hls-parser';
import {
  type MediaPlaylist,
  type MultivariantPlaylist,
  parseMediaPlaylist,
  parseMultivariantPlaylist,
  type Variant,
} from '../../src/protocol/m3u8/index.ts';

HlsParser.setOptions({ silent: true });

/** A viewer of a whole ladder: one session, any of its variants. */
export class LadderViewer {
  readonly url: string;
  readonly text: string;
  readonly playlist: MultivariantPlaylist;

  private constructor(url: string, text: string) {
    this.url = url;
    this.text = text;
    this.playlist = parseMultivariantPlaylist(text);
    // Another parser must find nothing wrong with it either.
    HlsParser.parse(text);
  }

  static async open(url: string): Promise<LadderViewer> {
    const response = await fetch(url);
    const text = await response.text();
    if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`);
    return new LadderViewer(url, text);
  }

  get names(): (string | undefined)[] {
    return this.playlist.variants.map(({ stableId }) => stableId);
  }

  variant(name: string): Variant {
    const found = this.playlist.variants.find(({ stableId }) => stableId === name);
    if (!found) throw new Error(`${name} is not among ${this.names}`);
    return found;
  }

  urlOf(name: string): string {
    return new URL(this.variant(name).uri, this.url).href;
  }

  ask(name: string, query = ''): Promise<Response> {
    return fetch(`${this.urlOf(name)}${query}`);
  }

  /** A variant's media playlist, which two parsers agree on. */
  async media(name: string, query = ''): Promise<MediaPlaylist & { readonly text: string }> {
    const response = await this.ask(name, query);
    const text = await response.text();
    if (!response.ok) throw new Error(`${name}${query}: ${response.status} ${text}`);
    const ours = parseMediaPlaylist(text);
    const theirs = HlsParser.parse(text) as HlsParser.types.MediaPlaylist;
    const numbers = ours.segments.map((_, index) => ours.mediaSequence + index);
    const whole = theirs.segments.filter(({ uri }) => uri !== '');
    if (whole.map(({ mediaSequenceNumber }) => mediaSequenceNumber).join() !== numbers.join()) {
      throw new Error(`parsers differ about ${text}`);
    }
    return { ...ours, text };
  }
}

/** The segments of a playlist by their numbers, with what must be equal on all variants. */
export function cutsOf({ mediaSequence, segments }: MediaPlaylist): Map<number, { atMs: number; isBreak: boolean }> {
  return new Map(
    segments.map(({ programDateTimeMs = 0, isDiscontinuity = false }, index) => [
      mediaSequence + index,
      { atMs: programDateTimeMs, isBreak: isDiscontinuity },
    ]),
  );
}
