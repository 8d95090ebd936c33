import { randomUUID } from 'node:crypto';
import type { Registry, StreamId } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import type { ModerationNote } from '../notify/index.ts';
import type { Blocks } from './blocks.ts';
import type { Publishers } from './publishers.ts';

/** The picture that was objected to. */
export type ModeratedPicture = { readonly id: StreamId; readonly sessionId: string; readonly atWallMs: number };

export type Objection = {
  readonly action: 'flag' | 'stop' | 'ban';
  readonly reason: string;
  readonly untilMs?: number | undefined;
};

export type ModerationOptions = {
  readonly registry: Registry;
  readonly publishers: Publishers;
  readonly blocks: Blocks;
  readonly log: Logger;
  /** Unix time. */
  readonly nowMs: () => number;
  /** Records the event. */
  readonly tell: (about: ModeratedPicture & { readonly eventId: string }, note: ModerationNote) => Promise<void>;
};

/** Does what a moderation hook asks for: a note on the publish, its end, or a block of the stream as well. */
export async function moderate(
  options: ModerationOptions,
  picture: ModeratedPicture,
  wanted: Objection,
): Promise<void> {
  const { registry, publishers, blocks, log, nowMs } = options;
  const { id, sessionId, atWallMs: takenAtMs } = picture;
  const { action, reason } = wanted;
  const isFirst = publishers.flag(sessionId, { action, reason, atMs: nowMs() });
  const publication = registry.publicationOf(id);
  const isOnAir = publication?.publisher.sessionId === sessionId;
  if (action === 'stop' && !isOnAir) return;
  if (action === 'flag' && !isFirst) return;
  log.warn({ ...id, session: sessionId, action, reason }, 'picture objected to by the moderation hook');
  const told = async (untilMs?: number) => {
    const until = untilMs === undefined ? {} : { untilMs };
    await options.tell({ ...picture, eventId: randomUUID() }, { action, reason, takenAtMs, ...until });
  };
  if (action === 'flag') return told();
  if (action === 'stop') {
    // The event comes before the end that it leads to.
    const telling = told();
    registry.dismiss(id, 'MODERATION', reason);
    return telling;
  }
  const { untilMs } = wanted;
  const blocked = await Promise.all([told(untilMs), blocks.block(registry, id, { untilMs, reason, by: 'moderation' })]);
  if (blocked[1] === undefined) log.error({ ...id }, 'the ban of the moderation hook could not be kept');
}
