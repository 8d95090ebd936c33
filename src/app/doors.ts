import { createServer, type RequestListener } from 'node:http';
import { networkInterfaces } from 'node:os';
import type { Certificates } from '../certificates/index.ts';
import type { Config } from '../config/index.ts';
import type { PublicAddresses } from '../operations/index.ts';
import { isLoopback } from '../rules/index.ts';
import type { PlaybackServer } from '../server/playback/index.ts';
import type { RtmpServer } from '../server/rtmp/index.ts';
import { listen } from './listen.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The ports: which doors listen where. */
export class Doors {
  readonly #config: Config;
  readonly #closers: (() => Promise<void>)[] = [];
  readonly #addresses: Mutable<PublicAddresses>;

  constructor(config: Config) {
    this.#config = config;
    const host = config.publicHost ?? publicHostOf(config);
    this.#addresses = { host, rtmpPort: 0, playbackPort: 0, controlPort: 0 };
  }

  /** Opens the doors of publishers and viewers; the addresses get the control door's port when that opens. */
  async openMedia(
    rtmp: RtmpServer,
    playback: PlaybackServer,
    certificates: Certificates | undefined,
  ): Promise<PublicAddresses> {
    const config = this.#config;
    this.#addresses.rtmpPort = await listen(rtmp.listener(), { what: 'RTMP', ...config.rtmp });
    this.#addresses.playbackPort = await listen(playback.listener(), { what: 'Playback', ...config.playback });
    if (certificates) {
      const onRtmp = { what: 'RTMPS', host: config.rtmp.host, port: config.rtmps.port };
      const onPlayback = { what: 'HTTPS', host: config.playback.host, port: config.playbackTls.port };
      this.#addresses.rtmpsPort = await listen(rtmp.listener(certificates), onRtmp);
      this.#addresses.playbackTlsPort = await listen(playback.listener(certificates), onPlayback);
    }
    return this.#addresses;
  }

  async openControl(control: RequestListener, metrics: RequestListener): Promise<void> {
    const config = this.#config;
    this.#addresses.controlPort = await this.#open(control, { what: 'Control', ...config.control });
    if (config.metrics.port > 0) {
      await this.#open(metrics, { what: 'Metrics', host: config.metrics.host, port: config.metrics.port });
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#closers.map((close) => close()));
  }

  #open(listener: RequestListener, on: Parameters<typeof listen>[1]): Promise<number> {
    const server = createServer(listener);
    this.#closers.push(
      () =>
        new Promise((resolve) => {
          server.close(() => resolve());
          server.closeAllConnections();
        }),
    );
    return listen(server, on);
  }
}

/** What other machines call this one, as far as it knows itself. */
function publicHostOf(config: Config): string {
  if (isLoopback(config.playback.host)) return '127.0.0.1';
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return addresses.find(({ family, internal }) => family === 'IPv4' && !internal)?.address ?? '127.0.0.1';
}
