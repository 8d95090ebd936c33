import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { Server as NetServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Duplex } from 'node:stream';
import type { Certificates } from '../certificates/index.ts';
import type { Config } from '../config/index.ts';
import type { PublicAddresses } from '../operations/index.ts';
import { isLoopback } from '../rules/index.ts';
import { limitConnections, limitRequests, type RequestLimits, refuseUpgrade } from '../server/http/index.ts';
import type { TlsSource } from '../server/playback/index.ts';
import type { RtmpServer } from '../server/rtmp/index.ts';
import { listen } from './listen.ts';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What answers requests to the control door, and those that ask for a WebSocket. */
export type ControlListener = {
  readonly listener: RequestListener;
  readonly upgrade: (request: IncomingMessage, socket: Duplex, head: Buffer) => void;
};

/** Gives what listens for viewers. */
export interface PlaybackListeners {
  listener(tls?: TlsSource): NetServer;
}

/** Of a request the head, and all but long bodies, must be whole by then. */
const SLOW_CLIENTS = { headersTimeout: 15_000, requestTimeout: 120_000 };
/** Somebody who takes nothing of an answer for so long is gone. */
const STALLED_MS = 150_000;
const TOO_MANY = JSON.stringify({
  status: 429,
  code: 'TOO_MANY_REQUESTS',
  title: 'too many requests from this address',
});

/** The ports: which doors listen where. */
export class Doors {
  readonly #config: Config;
  readonly #limits: RequestLimits;
  readonly #closers: (() => Promise<void>)[] = [];
  readonly #addresses: Mutable<PublicAddresses>;
  #media:
    | { readonly rtmp: RtmpServer; readonly playback: PlaybackListeners; readonly certificates: Certificates }
    | undefined;
  #opening: Promise<void> | undefined;

  /** @param limits for the doors of operators and metrics */
  constructor(config: Config, limits: RequestLimits) {
    this.#config = config;
    this.#limits = limits;
    const host = config.publicHost ?? publicHostOf(config);
    this.#addresses = { host, rtmpPort: 0, playbackPort: 0, controlPort: 0 };
  }

  /** Opens the doors of publishers and viewers; the addresses get the control door's port when that opens. */
  async openMedia(rtmp: RtmpServer, playback: PlaybackListeners, certificates: Certificates): Promise<PublicAddresses> {
    const config = this.#config;
    this.#addresses.rtmpPort = await listen(rtmp.listener(), { what: 'RTMP', ...config.rtmp });
    this.#addresses.playbackPort = await listen(playback.listener(), { what: 'Playback', ...config.playback });
    this.#media = { rtmp, playback, certificates };
    if (!certificates.isEmpty) await this.openTls();
    return this.#addresses;
  }

  get addresses(): PublicAddresses {
    return this.#addresses;
  }

  get areMediaOpen(): boolean {
    return this.#media !== undefined;
  }

  /** Opens the doors of RTMPS and HTTPS, once there are the others and a certificate; may be called again. */
  openTls(): Promise<void> {
    this.#opening ??= this.#openTls().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async #openTls(): Promise<void> {
    if (!this.#media) throw new Error('the doors of media are open first');
    const { rtmp, playback, certificates } = this.#media;
    const config = this.#config;
    const onRtmp = { what: 'RTMPS', host: config.rtmp.host, port: config.rtmps.port };
    const onPlayback = { what: 'HTTPS', host: config.playback.host, port: config.playbackTls.port };
    this.#addresses.rtmpsPort ??= await listen(rtmp.listener(certificates), onRtmp);
    this.#addresses.playbackTlsPort ??= await listen(playback.listener(certificates), onPlayback);
  }

  async openControl(control: ControlListener, metrics: RequestListener): Promise<void> {
    const config = this.#config;
    this.#addresses.controlPort = await this.#open(
      control.listener,
      { what: 'Control', ...config.control },
      control.upgrade,
    );
    if (config.metrics.port > 0) {
      await this.#open(metrics, { what: 'Metrics', host: config.metrics.host, port: config.metrics.port });
    }
  }

  /** Opens the door of uploads; whoever made its server closes it. */
  async openUploads(server: Server): Promise<void> {
    this.#addresses.uploadPort = await listen(server, { what: 'Uploads', ...this.#config.upload });
  }

  async close(): Promise<void> {
    await Promise.all(this.#closers.map((close) => close()));
  }

  #open(
    listener: RequestListener,
    on: Parameters<typeof listen>[1],
    upgrade?: ControlListener['upgrade'],
  ): Promise<number> {
    const limits = this.#limits;
    const server = createServer(SLOW_CLIENTS, limitRequests(listener, limits));
    server.timeout = STALLED_MS;
    limitConnections(server, limits);
    if (upgrade) {
      server.on('upgrade', (request, socket, head) => {
        if (limits.request(request)) upgrade(request, socket, head);
        else refuseUpgrade(socket, 429, TOO_MANY);
      });
    }
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
