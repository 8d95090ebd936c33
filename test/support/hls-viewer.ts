import { type MediaPlaylist, parseMediaPlaylist, parseMultivariantPlaylist } from '../../src/protocol/m3u8/index.ts';

export type SeenSegment = {
  readonly number: number;
  readonly url: string;
  readonly isDiscontinuity: boolean;
  readonly durationSeconds: number;
  readonly programDateTimeMs: number | undefined;
  readonly mapUrl: string | undefined;
  readonly bytes: Uint8Array;
};

export type HlsOptions = {
  /** Follow part by part with blocking reloads. */
  readonly lowLatency?: boolean;
  readonly container?: 'ts' | 'fmp4';
};

/** An HLS player without a screen: follows the media playlist and keeps every segment it lists. */
export class HlsViewer {
  readonly segments: SeenSegment[] = [];
  readonly mediaSequences: number[] = [];
  readonly statuses: number[] = [];
  /** What went wrong and was tried again. */
  readonly failures: string[] = [];
  readonly parts = new Map<string, Uint8Array>();
  readonly playlistUrl: string;
  codecs: readonly string[] = [];
  playlist: MediaPlaylist | undefined;
  text = '';
  readonly #isLowLatency: boolean;
  readonly #seen = new Set<number>();
  readonly #maps = new Map<string, Uint8Array>();
  readonly #abort = new AbortController();
  #running: Promise<void> | undefined;

  private constructor(playlistUrl: string, codecs: readonly string[], isLowLatency: boolean) {
    this.playlistUrl = playlistUrl;
    this.codecs = codecs;
    this.#isLowLatency = isLowLatency;
  }

  /** Opens the multivariant playlist and follows its first variant until `close`. */
  static async open(url: string, options: HlsOptions = {}): Promise<HlsViewer> {
    const full = options.container ? `${url}?container=${options.container}` : url;
    const response = await fetch(full);
    if (!response.ok) throw new Error(`${full}: ${response.status} ${await response.text()}`);
    const [variant] = parseMultivariantPlaylist(await response.text()).variants;
    if (!variant) throw new Error('no variant');
    const viewer = new HlsViewer(new URL(variant.uri, full).href, variant.codecs ?? [], options.lowLatency ?? false);
    viewer.#running = viewer.#follow();
    return viewer;
  }

  get isEnded(): boolean {
    return this.playlist?.isEnded === true;
  }

  /** The init segment and all segments up to the next discontinuity, as one file, from a segment on. */
  fileFrom(index = 0): Uint8Array {
    const run = this.segments.slice(index);
    const end = run.findIndex((segment, at) => at > 0 && segment.isDiscontinuity);
    const used = end < 0 ? run : run.slice(0, end);
    const map = used[0]?.mapUrl;
    return Buffer.concat([
      ...(map ? [this.#maps.get(map) ?? new Uint8Array(0)] : []),
      ...used.map(({ bytes }) => bytes),
    ]);
  }

  initOf(segment: SeenSegment): Uint8Array | undefined {
    return segment.mapUrl === undefined ? undefined : this.#maps.get(segment.mapUrl);
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  async #follow(): Promise<void> {
    while (!this.#abort.signal.aborted && !this.isEnded) {
      try {
        await this.#reload();
      } catch (error) {
        if (!this.#abort.signal.aborted) this.failures.push(String(error));
        await this.#sleep(200);
      }
      if (!this.#isLowLatency || this.statuses.at(-1) !== 200) await this.#sleep(200);
    }
  }

  async #reload(): Promise<void> {
    const signal = AbortSignal.any([this.#abort.signal, AbortSignal.timeout(20_000)]);
    const response = await fetch(this.#nextUrl(), { signal });
    this.statuses.push(response.status);
    if (response.status !== 200) {
      await response.arrayBuffer();
      return;
    }
    this.text = await response.text();
    const playlist = parseMediaPlaylist(this.text);
    this.mediaSequences.push(playlist.mediaSequence);
    await this.#fetchSegments(playlist);
    if (this.#isLowLatency) await this.#fetchParts(playlist);
    this.playlist = playlist;
  }

  #nextUrl(): string {
    const { playlist } = this;
    if (!this.#isLowLatency || !playlist?.serverControl?.canBlockReload) return this.playlistUrl;
    const next = playlist.mediaSequence + playlist.segments.length;
    return `${this.playlistUrl}?_HLS_msn=${next}&_HLS_part=${playlist.openSegment?.parts?.length ?? 0}`;
  }

  async #fetchSegments(playlist: MediaPlaylist): Promise<void> {
    for (const [index, segment] of playlist.segments.entries()) {
      const number = playlist.mediaSequence + index;
      if (this.#seen.has(number)) continue;
      if (segment.isGap) {
        this.#seen.add(number);
        continue;
      }
      const mapUrl = segment.map && new URL(segment.map.uri, this.playlistUrl).href;
      if (mapUrl && !this.#maps.has(mapUrl)) this.#maps.set(mapUrl, await this.#fetch(mapUrl));
      const url = new URL(segment.uri, this.playlistUrl).href;
      this.segments.push({
        number,
        url,
        isDiscontinuity: segment.isDiscontinuity === true,
        durationSeconds: segment.durationSeconds,
        programDateTimeMs: segment.programDateTimeMs,
        mapUrl,
        bytes: await this.#fetch(url),
      });
      this.#seen.add(number);
    }
  }

  async #fetchParts(playlist: MediaPlaylist): Promise<void> {
    for (const { uri } of playlist.openSegment?.parts ?? []) {
      if (!this.parts.has(uri)) this.parts.set(uri, await this.#fetch(new URL(uri, this.playlistUrl).href));
    }
  }

  async #fetch(url: string): Promise<Uint8Array> {
    const response = await fetch(url, { signal: this.#abort.signal });
    if (response.status !== 200) throw new Error(`${url}: ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }

  async #sleep(ms: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, ms));
  }
}
