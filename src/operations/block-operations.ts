import { z } from 'zod';
import type { Block } from '../access/index.ts';
import type { StreamId } from '../live/index.ts';
import { nextCursor, notFound, type Operation, OperationError, operation, pageOf, pageQuery } from './base/index.ts';
import { appOf } from './resources.ts';
import { streamName, time } from './schemas.ts';

/** What the operations on blocks need. */
export type BlockDoor = {
  readonly all: () => readonly Block[];
  /** Undefined where too many streams are blocked. */
  readonly block: (id: StreamId, untilMs: number | undefined, reason: string, by: string) => Promise<Block | undefined>;
  readonly unblock: (id: StreamId) => Promise<boolean>;
};

const names = z.strictObject({ domain: streamName, app: streamName, stream: streamName });
const newBlock = z.strictObject({
  ...names.shape,
  domain: streamName.default('default'),
  until: time.optional().describe('Half a year from now where it is left out'),
  reason: z.string().min(1).max(200).default('blocked by the operator'),
});
const block = z
  .strictObject({ ...names.shape, since: time, until: time, reason: z.string(), by: z.string() })
  .meta({ id: 'Block' });

/** Streams that nobody may publish for a time. */
export function blockOperations(door: BlockDoor): readonly Operation[] {
  return [
    operation({
      ...{ name: 'listBlocks', area: 'Blocks', method: 'get', path: '/blocks', action: 'blocks:read' },
      summary: 'The streams that nobody may publish now',
      query: pageQuery(),
      answer: z.strictObject({ blocks: z.array(block), nextCursor }),
      run: ({ permits, query }) => {
        const blocks = door.all().filter((each) => permits(appOf(each)));
        const { items, ...rest } = pageOf(blocks, query, ({ domain, app, stream }) => `${domain}\n${app}\n${stream}`);
        return { blocks: items.map(shown), ...rest };
      },
    }),
    operation({
      ...{ name: 'createBlock', area: 'Blocks', method: 'post', path: '/blocks', action: 'blocks:write' },
      summary: 'Blocks a stream until a time; whoever publishes it is sent away',
      body: newBlock,
      answer: block,
      status: 201,
      run: async ({ body, caller, require, done }) => {
        require(appOf(body));
        const { domain, app, stream, until, reason } = body;
        const untilMs = until === undefined ? undefined : Date.parse(until);
        const made = await door.block({ domain, app, name: stream }, untilMs, reason, caller.name);
        if (!made) {
          throw new OperationError(
            409,
            'LIMIT',
            'too many streams are blocked',
            'Take away blocks that are not needed.',
          );
        }
        done(appOf(body), { stream, reason, until: shown(made).until });
        return shown(made);
      },
    }),
    operation({
      ...{ name: 'deleteBlock', area: 'Blocks', method: 'delete', action: 'blocks:write' },
      path: '/blocks/{domain}/{app}/{stream}',
      summary: 'Lets a blocked stream be published again',
      params: names,
      resource: appOf,
      run: async ({ params: { domain, app, stream }, done }) => {
        if (!(await door.unblock({ domain, app, name: stream }))) {
          throw notFound('NOT_BLOCKED', 'the stream is not blocked', 'List the blocks.');
        }
        done(appOf({ domain, app }), { stream, unblocked: true });
      },
    }),
  ];
}

function shown({ sinceMs, untilMs, ...rest }: Block) {
  return { ...rest, since: new Date(sinceMs).toISOString(), until: new Date(untilMs).toISOString() };
}
