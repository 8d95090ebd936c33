import { type Clock, isKeyFrame, type Packet, type Stream, type TrackSet } from '../live/index.ts';
import { packetBody, parameterBodies } from '../packager/index.ts';
import { concat } from '../protocol/bytes/index.ts';
import type { RtmpLink } from './rtmp-link.ts';

const KINDS = { audio: 'audio', video: 'video', script: 'data' } as const;
/** The other server is behind: what follows is left out up to a key frame. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;
const MAX_BEHIND_MS = 20_000;

export type SenderOptions = {
  readonly stream: Stream;
  readonly link: RtmpLink;
  readonly clock: Clock;
  /** The other server does not keep up. */
  readonly onTooSlow: () => void;
};

/** A stream on its way into an RTMP connection, from its last key frame on, with times that begin near 0. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #stopReading: () => void;
  #tracks: TrackSet | undefined;
  #baseDtsMs: number | undefined;
  #behindSinceMs: number | undefined;
  #sentBytes = 0;
  #skips = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
    for (const packet of options.stream.cache.sinceKeyFrame()) this.#packet(packet);
    this.#stopReading = options.stream.read({ patienceMs: 100, packet: (packet) => this.#packet(packet) });
  }

  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Times that the other server was behind. */
  get skips(): number {
    return this.#skips;
  }

  stop(): void {
    this.#stopReading();
  }

  #packet(packet: Packet): void {
    const { tracks } = packet.position;
    const isEntry = tracks.video ? isKeyFrame(packet) : packet.kind === 'audio';
    if (this.#tracks === undefined && !isEntry) return;
    if (!this.#hasRoom(isEntry)) return;
    this.#baseDtsMs ??= packet.dtsMs;
    const timestamp = Math.max(0, packet.dtsMs - this.#baseDtsMs);
    if (isEntry && tracks !== this.#tracks) {
      this.#tracks = tracks;
      for (const { type, pieces } of parameterBodies(tracks)) this.#send(KINDS[type], timestamp, pieces);
    }
    const { type, pieces } = packetBody(packet);
    this.#send(KINDS[type], timestamp, pieces);
  }

  #hasRoom(isEntry: boolean): boolean {
    const { link, clock, onTooSlow } = this.#options;
    const waiting = link.waitingBytes;
    if (this.#behindSinceMs === undefined) {
      if (waiting <= MAX_WAITING_BYTES) return true;
      this.#behindSinceMs = clock.nowMs();
      this.#skips++;
      return false;
    }
    if (isEntry && waiting <= MAX_WAITING_BYTES / 2) {
      this.#behindSinceMs = undefined;
      return true;
    }
    if (clock.nowMs() - this.#behindSinceMs > MAX_BEHIND_MS) onTooSlow();
    return false;
  }

  #send(kind: 'audio' | 'video' | 'data', timestamp: number, pieces: readonly Uint8Array[]): void {
    const payload = concat(pieces);
    this.#sentBytes += payload.length;
    this.#options.link.send(kind, timestamp, payload);
  }
}
