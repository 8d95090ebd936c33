import type { Dispatcher } from 'undici';
import type { Clock } from '../live/index.ts';
import { type Encoded, type FfmpegSourceOptions, ffmpegSource, type RunFfmpeg } from './ffmpeg-source.ts';
import { flvSource } from './flv-source.ts';
import { GuardedProxy } from './guarded-proxy.ts';
import { rtmpSource } from './rtmp-source.ts';
import type { Source, SourceListener } from './source.ts';

export type SourcesOptions = {
  readonly clock: Clock;
  /** Looks at where each connection goes. */
  readonly dispatcher: Dispatcher;
  /** Undefined where there is no FFmpeg. */
  readonly run: RunFfmpeg | undefined;
  /** Which processes run, each time that changes. */
  readonly onProcesses: (pids: readonly number[]) => void;
};

const MAX_REMEMBERED = 1000;

type Running = Parameters<FfmpegSourceOptions['onProcess']>[0];

/** Opens sources by their URLs: RTMP and FLV are read by ourselves, all else by FFmpeg. */
export class Sources {
  readonly #options: SourcesOptions;
  readonly #running = new Set<Running>();
  readonly #encoded = new Map<string, Encoded>();
  #proxy: Promise<GuardedProxy> | undefined;

  constructor(options: SourcesOptions) {
    this.#options = options;
  }

  open(url: string, listener: SourceListener): Source {
    const { clock, dispatcher, run } = this.#options;
    const { protocol, pathname } = new URL(url);
    if (protocol === 'rtmp:' || protocol === 'rtmps:') return rtmpSource(url, clock, listener);
    if (/^https?:$/.test(protocol) && pathname.endsWith('.flv')) return flvSource(url, dispatcher, listener);
    if (!run) return withoutFfmpeg(clock, listener);
    if (this.#encoded.size > MAX_REMEMBERED) this.#encoded.clear();
    return ffmpegSource(
      url,
      {
        run,
        encoded: this.#encoded,
        proxy: () => {
          this.#proxy ??= GuardedProxy.open(dispatcher);
          return this.#proxy;
        },
        onProcess: (process, isRunning) => this.#noted(process, isRunning),
      },
      listener,
    );
  }

  async close(): Promise<void> {
    for (const process of this.#running) process.kill();
    (await this.#proxy)?.close();
  }

  #noted(process: Running, isRunning: boolean): void {
    if (isRunning) this.#running.add(process);
    else this.#running.delete(process);
    this.#options.onProcesses([...this.#running].flatMap(({ pid }) => (pid === undefined ? [] : [pid])));
  }
}

function withoutFfmpeg(clock: Clock, { onClosed }: SourceListener): Source {
  const cancel = clock.after(0, () => onClosed('reading this needs FFmpeg, which is not there; install it'));
  return { by: 'ffmpeg', address: '', close: cancel };
}
