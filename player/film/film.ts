import { signal } from '@preact/signals';
import type Hls from 'hls.js';
import workerUrl from 'hls.js/dist/hls.worker.js?url';
import { hasMediaSource } from '../engines/index.ts';
import type { AssetInfo, AssetSource } from './asset-info.ts';

/** What can be chosen: `auto`, a level of HLS by its number, or a file by its place in the list. */
export type Quality = { readonly id: string; readonly label: string };

const HLS_TYPE = 'application/vnd.apple.mpegurl';
const AUTO = 'auto';

/** Plays an asset in a video element: HLS where it can, else a file. */
export class Film {
  readonly qualities = signal<readonly Quality[]>([]);
  readonly chosen = signal(AUTO);
  /** What plays now where `auto` chose it. */
  readonly playing = signal<string | undefined>(undefined);
  /** The address that could not be had; the server has words for it. */
  readonly failedUrl = signal<string | undefined>(undefined);
  readonly hasNothing = signal(false);
  readonly #video: HTMLVideoElement;
  readonly #files: readonly AssetSource[];
  readonly #stream: AssetSource | undefined;
  readonly #listening = new AbortController();
  #hls: Hls | undefined;
  #generation = 0;

  constructor(video: HTMLVideoElement, { sources }: AssetInfo, atS = 0) {
    this.#video = video;
    this.#files = sources.filter(({ kind }) => kind === 'file');
    const canStream = hasMediaSource() || video.canPlayType(HLS_TYPE) !== '';
    this.#stream = canStream ? sources.find(({ kind }) => kind === 'hls') : undefined;
    const { signal: until } = this.#listening;
    video.addEventListener('error', () => this.#fail(video.currentSrc || undefined), { signal: until });
    if (this.#stream) void this.#open(this.#stream, atS);
    else if (this.#files[0]) this.#choose(idOf(0), atS);
    else this.hasNothing.value = true;
    this.#list([]);
  }

  /** Goes on at the same place. */
  choose(id: string): void {
    this.#choose(id, this.#video.currentTime);
  }

  #choose(id: string, atS: number): void {
    const file = this.#files.find((_each, index) => idOf(index) === id);
    const level = id === AUTO ? -1 : Number(id);
    this.chosen.value = id;
    if (file) this.#openFile(file, atS);
    else if (this.#hls) this.#hls.nextLevel = level;
    else if (this.#stream) void this.#open(this.#stream, atS, level);
  }

  close(): void {
    this.#generation++;
    this.#listening.abort();
    this.#hls?.destroy();
    this.#video.removeAttribute('src');
    this.#video.load();
  }

  #openFile({ url }: AssetSource, atS: number): void {
    this.#generation++;
    this.#hls?.destroy();
    this.#hls = undefined;
    this.playing.value = undefined;
    this.failedUrl.value = undefined;
    const isPaused = this.#video.paused;
    this.#video.src = url;
    this.#goTo(atS);
    if (!isPaused) void this.#video.play().catch(() => undefined);
  }

  async #open({ url }: AssetSource, atS: number, level = -1): Promise<void> {
    const generation = ++this.#generation;
    const isPaused = this.#video.paused;
    this.failedUrl.value = undefined;
    if (!hasMediaSource()) {
      this.#video.src = url;
      this.#goTo(atS);
      return;
    }
    const { default: Player } = await import('hls.js');
    if (generation !== this.#generation) return;
    const hls = new Player({
      ...{ workerPath: workerUrl, startPosition: atS, startLevel: level, backBufferLength: 60 },
      // Captions are elements of the page, for files and HLS alike.
      ...{ enableWebVTT: false, enableIMSC1: false },
    });
    this.#hls = hls;
    hls.on(Player.Events.MANIFEST_PARSED, () => this.#list(hls.levels.map(levelWords)));
    hls.on(Player.Events.LEVEL_SWITCHED, (_event, { level: at }) => {
      const playing = hls.levels[at];
      this.playing.value = playing && levelWords(playing);
    });
    hls.on(Player.Events.ERROR, (_event, data) => {
      if (!data.fatal) return;
      if (data.type === 'mediaError' && data.details === 'bufferStalledError') hls.recoverMediaError();
      else this.#fail(data.url ?? data.frag?.url ?? url);
    });
    hls.attachMedia(this.#video);
    hls.loadSource(url);
    if (!isPaused) void this.#video.play().catch(() => undefined);
  }

  #goTo(atS: number): void {
    if (atS <= 0) return;
    const { signal: until } = this.#listening;
    const go = () => {
      this.#video.currentTime = atS;
    };
    this.#video.addEventListener('loadedmetadata', go, { once: true, signal: until });
  }

  /** The best first, as the server lists files. */
  #list(levels: readonly string[]): void {
    const streams = levels.map((label, index) => ({ id: String(index), label })).reverse();
    const files = this.#files.map(({ format, definition, height }, index) => {
      const size = height === undefined ? definition : `${height}p`;
      return { id: idOf(index), label: `${size} · ${format.toUpperCase()}` };
    });
    const shown = streams.length > 1 ? streams : [];
    this.qualities.value = [...(this.#stream ? [{ id: AUTO, label: '' }] : []), ...shown, ...files];
  }

  #fail(url: string | undefined): void {
    if (this.#listening.signal.aborted || url === undefined) return;
    this.failedUrl.value = url;
  }
}

function idOf(file: number): string {
  return `file-${file}`;
}

function levelWords({ width, height, bitrate }: { width: number; height: number; bitrate: number }): string {
  const size = Math.min(width, height);
  return size > 0 ? `${size}p` : `${Math.round(bitrate / 1000)} kbit/s`;
}
