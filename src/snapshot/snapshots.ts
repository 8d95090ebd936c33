import type { Clock, Publication, Registry, RegistryListener, Stream, StreamId, VideoPacket } from '../live/index.ts';
import { streamKey } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import type { StreamSettings } from '../rules/index.ts';
import type { NewUpload } from '../storage/index.ts';
import { type KeyFrame, keyFrameOf } from './key-frame.ts';
import { objectNameOf } from './object-template.ts';

const LOOK_EVERY_MS = 1000;
const CONTENT_TYPE = 'image/jpeg';

/** The latest picture of a stream. */
export type Snapshot = { readonly jpeg: Uint8Array; readonly atWallMs: number };

export type SnapshotOutcome = 'taken' | 'failed';

export type SnapshotsOptions = {
  readonly registry: Pick<Registry, 'listen'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settingsOf: (id: StreamId) => StreamSettings['snapshot'];
  /** Undefined where there is no FFmpeg: then there are no pictures. */
  readonly picture: ((frame: KeyFrame) => Promise<Uint8Array>) | undefined;
  readonly add: (upload: NewUpload) => Promise<unknown>;
  readonly onOutcome: (outcome: SnapshotOutcome) => void;
};

type Watched = {
  readonly stream: Stream;
  readonly settings: StreamSettings['snapshot'];
  dueAtMs: number;
  sequence: number;
  isBusy: boolean;
  hasFailed: boolean;
  last?: VideoPacket;
  latest?: Snapshot;
};

/** Pictures of streams by rule. Nothing runs for a stream between two of them: the GOP cache has its last key frame. */
export class Snapshots implements RegistryListener {
  readonly #options: SnapshotsOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #timer: NodeJS.Timeout;
  readonly #stopListening: () => void;

  constructor(options: SnapshotsOptions) {
    this.#options = options;
    this.#stopListening = options.registry.listen(this);
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#timer.unref();
  }

  /** A rule that changed counts from the next publish on. */
  published({ stream }: Publication): void {
    const settings = this.#options.settingsOf(stream.id);
    const key = streamKey(stream.id);
    if (!settings.enabled || this.#options.picture === undefined) {
      this.#watched.delete(key);
      return;
    }
    const { latest } = this.#watched.get(key) ?? {};
    const fresh = { dueAtMs: 0, sequence: 0, isBusy: false, hasFailed: false };
    this.#watched.set(key, { stream, settings, ...fresh, ...(latest ? { latest } : {}) });
  }

  ended({ id }: Stream): void {
    this.#watched.delete(streamKey(id));
  }

  /** Undefined where the stream is not live, has no snapshots by rule, or none yet. */
  latest(id: StreamId): Snapshot | undefined {
    return this.#watched.get(streamKey(id))?.latest;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#stopListening();
    this.#watched.clear();
  }

  #look(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const watched of this.#watched.values()) {
      if (watched.isBusy || nowMs < watched.dueAtMs || watched.stream.state !== 'publishing') continue;
      const [packet] = watched.stream.cache.sinceKeyFrame();
      // A group of pictures longer than the interval has no new one to show.
      if (packet?.kind !== 'video' || !packet.isKeyFrame || packet.dtsMs === watched.last?.dtsMs) continue;
      watched.dueAtMs = nowMs + watched.settings.everySeconds * 1000;
      watched.last = packet;
      watched.isBusy = true;
      void this.#take(watched, packet).finally(() => {
        watched.isBusy = false;
      });
    }
  }

  async #take(watched: Watched, packet: VideoPacket): Promise<void> {
    const { picture, log, onOutcome } = this.#options;
    const { id } = watched.stream;
    try {
      const frame = keyFrameOf(packet, watched.settings.shortSide);
      if (!frame || !picture) throw new Error(`no pictures are made of ${packet.track.codec}`);
      const jpeg = await picture(frame);
      watched.latest = { jpeg, atWallMs: packet.wallMs };
      watched.sequence++;
      await this.#store(watched, jpeg, packet.wallMs);
      watched.hasFailed = false;
      onOutcome('taken');
    } catch (error) {
      onOutcome('failed');
      if (!watched.hasFailed) log.warn({ error, ...id }, 'snapshot failed');
      watched.hasFailed = true;
    }
  }

  async #store({ stream, settings, sequence }: Watched, jpeg: Uint8Array, atWallMs: number): Promise<void> {
    const { domain, app, name } = stream.id;
    const facts = { domain, app, stream: name, unixTimestamp: Math.floor(atWallMs / 1000), sequence };
    for (const [template, overwrites] of [
      [settings.overwrite, true],
      [settings.sequence, false],
    ] as const) {
      if (template === '') continue;
      await this.#options.add({
        storage: settings.storage,
        name: objectNameOf(template, facts),
        content: { bytes: jpeg },
        contentType: CONTENT_TYPE,
        overwrites,
        kind: 'snapshot',
        data: { domain, app, stream: name, createdAtMs: atWallMs, isOverlay: overwrites },
      });
    }
  }
}
