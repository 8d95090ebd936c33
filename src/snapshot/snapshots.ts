import type { Clock, Publication, Registry, RegistryListener, Stream, StreamId, VideoPacket } from '../live/index.ts';
import { streamKey } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import type { ModerationRule, StreamSettings } from '../rules/index.ts';
import type { NewUpload } from '../storage/index.ts';
import { type KeyFrame, keyFrameOf } from './key-frame.ts';
import type { PictureToJudge } from './moderation-question.ts';
import type { Moderator } from './moderator.ts';
import { objectNameOf } from './object-template.ts';
import type { Picture, Tile } from './picture.ts';
import { type PictureFacts, PictureJudge } from './picture-judge.ts';
import { Sprite } from './sprite.ts';

const LOOK_EVERY_MS = 1000;
const CONTENT_TYPE = 'image/jpeg';

/** The latest picture of a stream. */
export type Snapshot = { readonly jpeg: Uint8Array; readonly atWallMs: number };

export type SnapshotOutcome = 'taken' | 'failed';

type ShownTo = Pick<Moderator, 'judge' | 'unseen'>;

export type SnapshotsOptions = {
  readonly registry: Pick<Registry, 'listen'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly settingsOf: (id: StreamId) => StreamSettings['snapshot'];
  /** Undefined where there is no FFmpeg: then there are no pictures. */
  readonly picture: ((frame: KeyFrame, when: { readonly isSoon: boolean }) => Promise<Picture>) | undefined;
  readonly add: (upload: NewUpload) => Promise<unknown>;
  readonly onOutcome: (outcome: SnapshotOutcome) => void;
  /** While it is so, pictures are made for moderation only. */
  readonly isResting?: () => boolean;
  /** Told of each small picture of the streams that have a sprite; its JPEG is not changed any more. */
  readonly onTile?: (id: StreamId, tile: Pick<Tile, 'jpeg'>, atWallMs: number) => void;
  /** Sees each picture of the streams whose rule has a hook. */
  readonly moderator?: ShownTo;
};

type Watched = {
  readonly stream: Stream;
  readonly sessionId: string;
  readonly settings: StreamSettings['snapshot'];
  dueAtMs: number;
  sequence: number;
  isBusy: boolean;
  hasFailed: boolean;
  last?: VideoPacket;
  latest?: Snapshot;
  readonly judge: PictureJudge;
  readonly sprite?: Sprite;
};

/** A sprite with what is needed to say which time its cues count from. */
export type StreamSprite = { readonly sprite: Sprite; readonly startWallMs: number; readonly everySeconds: number };

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
  published({ stream, publisher: { sessionId } }: Publication): void {
    const settings = this.#options.settingsOf(stream.id);
    const key = streamKey(stream.id);
    if (!settings.enabled) {
      this.#watched.delete(key);
      return;
    }
    const { latest, sprite } = this.#watched.get(key) ?? {};
    const fresh = { dueAtMs: 0, sequence: 0, isBusy: false, hasFailed: false, judge: new PictureJudge() };
    const kept = { ...(latest ? { latest } : {}), ...spriteOf(settings, sprite) };
    this.#watched.set(key, { stream, sessionId, settings, ...fresh, ...kept });
  }

  ended({ id }: Stream): void {
    this.#watched.delete(streamKey(id));
  }

  /** Undefined where the stream is not live, has no snapshots by rule, or none yet. */
  latest(id: StreamId): Snapshot | undefined {
    return this.#watched.get(streamKey(id))?.latest;
  }

  /** Undefined where the stream is not live, or has no sprite by rule. */
  sprite(id: StreamId): StreamSprite | undefined {
    const { sprite, stream, settings } = this.#watched.get(streamKey(id)) ?? {};
    if (!sprite || !stream || !settings) return undefined;
    return { sprite, startWallMs: stream.startedWallMs, everySeconds: settings.everySeconds };
  }

  /** What the pictures of the publish that runs are like. */
  facts(id: StreamId): PictureFacts | undefined {
    return this.#watched.get(streamKey(id))?.judge.facts;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#stopListening();
    this.#watched.clear();
  }

  #look(): void {
    const nowMs = this.#options.clock.nowMs();
    const isResting = this.#options.isResting?.() === true;
    for (const watched of this.#watched.values()) {
      if (isResting && watched.settings.moderation === 'none') continue;
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
    const { picture, log, onOutcome, onTile } = this.#options;
    const { id } = watched.stream;
    try {
      const { shortSide, spriteShortSide: tileShortSide } = watched.settings;
      const frame = keyFrameOf(packet, { shortSide, tileShortSide });
      if (!picture) throw new Error('no FFmpeg was found');
      const { jpeg, tile } = await picture(frame, { isSoon: watched.latest === undefined });
      watched.latest = { jpeg, atWallMs: packet.wallMs };
      watched.judge.look(tile, packet.wallMs);
      watched.sprite?.add(tile, packet.wallMs);
      if (watched.sprite) onTile?.(id, tile, packet.wallMs);
      watched.sequence++;
      this.#moderate(watched, (moderator, shown, hook) => moderator.judge({ ...shown, jpeg }, hook));
      await this.#store(watched, jpeg, packet.wallMs);
      watched.hasFailed = false;
      onOutcome('taken');
    } catch (error) {
      onOutcome('failed');
      if (watched.latest?.atWallMs !== packet.wallMs) {
        this.#moderate(watched, (moderator, shown, hook) => moderator.unseen(shown, hook, error));
      }
      const isOver = this.#watched.get(streamKey(id)) !== watched;
      if (!watched.hasFailed && !isOver) log.warn({ error, ...id }, 'snapshot failed');
      watched.hasFailed = true;
    }
  }

  #moderate(
    { stream, sessionId, settings, last }: Watched,
    ask: (moderator: ShownTo, shown: Omit<PictureToJudge, 'jpeg'>, hook: ModerationRule) => void,
  ): void {
    const { moderator } = this.#options;
    if (!moderator || settings.moderation === 'none') return;
    ask(moderator, { id: stream.id, sessionId, atWallMs: last?.wallMs ?? 0 }, settings.moderation);
  }

  async #store({ stream, sessionId, settings, sequence }: Watched, jpeg: Uint8Array, atWallMs: number): Promise<void> {
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
        data: { domain, app, stream: name, sessionId, createdAtMs: atWallMs, isOverlay: overwrites },
      });
    }
  }
}

/** A publisher who comes back goes on with the sprite. */
function spriteOf(settings: StreamSettings['snapshot'], before: Sprite | undefined): { sprite?: Sprite } {
  if (!settings.sprite) return {};
  return { sprite: before ?? new Sprite({ keepSeconds: settings.spriteKeepSeconds }) };
}
