import type { Registry } from '../live/index.ts';
import { questionSender } from '../notify/index.ts';
import { moderate, type Publishers } from '../operations/index.ts';
import { Moderator } from '../snapshot/index.ts';
import type { Base } from './base.ts';
import type { EventFlow } from './event-flow.ts';
import type { State } from './open-state.ts';

type Around = { readonly registry: Registry; readonly publishers: Publishers; readonly events: EventFlow };

/** Shows pictures to the hooks of the rules, and does what those ask for. */
export function openModeration({ clock, log, metrics, closer }: Base, { blocks }: State, around: Around): Moderator {
  const { registry, publishers, events } = around;
  const sender = closer.add('moderation hooks', questionSender());
  const options: Parameters<typeof moderate>[0] = {
    ...{ registry, publishers, blocks, log, nowMs: clock.wallMs },
    tell: ({ id, sessionId, eventId }, moderation) =>
      events.tell({ ...id, sessionId, id: eventId, kind: 'moderation', atMs: clock.wallMs(), data: { moderation } }),
  };
  const moderator = new Moderator({
    ask: sender.ask,
    wallMs: clock.wallMs,
    log,
    onOutcome: (outcome) => metrics.moderation.inc({ outcome }),
    act: (picture, wanted) => {
      moderate(options, picture, wanted).catch((error: unknown) =>
        log.error({ ...picture.id, error, ...wanted }, 'what the moderation hook asked for was not kept'),
      );
    },
  });
  registry.listen(moderator);
  return closer.add('moderation', moderator);
}
