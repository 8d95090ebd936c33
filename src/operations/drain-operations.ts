import { z } from 'zod';
import { SERVER } from '../identity/index.ts';
import { notFound, type Operation, operation } from './base/index.ts';
import type { Drain, DrainProgress } from './drain.ts';
import { nodeQuery } from './node-operations.ts';
import { time } from './schemas.ts';

/** What the operations on draining need. */
export type DrainDoor = Pick<Drain, 'begin' | 'resume' | 'progress'>;

const counted = { atStart: z.int(), left: z.int() };
const drain = z
  .strictObject({
    state: z.enum(['serving', 'draining', 'drained']),
    since: time.optional(),
    until: time.optional().describe('Who is left then is sent away'),
    publishers: z.strictObject({
      ...counted,
      asked: z.int().describe('Encoders that were asked to connect anew, as Enhanced RTMP has it'),
    }),
    viewers: z.strictObject(counted),
    recordings: z.int().describe('Streams that are recorded now'),
    uploads: z.int().optional().describe('Objects that wait on this disk; they go on at the next start'),
    events: z.int().optional().describe('Callbacks that are not delivered yet; they go on at the next start'),
  })
  .meta({ id: 'Drain' });

const ANSWER = { area: 'Server', path: '/drain', at: 'node', query: nodeQuery, answer: drain } as const;

/** Taking a server out of service, and back. */
export function drainOperations(door: DrainDoor): readonly Operation[] {
  return [
    operation({
      ...{ ...ANSWER, name: 'getDrain', method: 'get', action: 'health:read', resource: () => SERVER },
      summary: 'Whether a server lets go of its publishers and viewers, and how far it is',
      run: async () => shown(await door.progress()),
    }),
    operation({
      ...{ ...ANSWER, name: 'startDrain', method: 'post', action: 'health:drain', resource: () => SERVER },
      summary: 'Lets nobody new in, and lets go of those who are there',
      description:
        'From here on `/readyz` fails, publishers and viewers with connections of their own are refused, and encoders that understand it are asked to connect anew. HLS is still answered. After `seconds` whoever is left is sent away. The server itself stays: stop it, or take it back. Asked again, the time counts anew.',
      body: z.strictObject({ seconds: z.int().min(0).max(86_400).default(300) }),
      run: async ({ body: { seconds }, done }) => {
        door.begin(seconds);
        done(SERVER, { draining: true, seconds });
        return shown(await door.progress());
      },
    }),
    operation({
      ...{ ...ANSWER, name: 'endDrain', method: 'delete', action: 'health:drain', resource: () => SERVER },
      summary: 'Lets publishers and viewers in again',
      run: async ({ done }) => {
        if (!door.resume()) throw notFound('NOT_DRAINING', 'the server is not draining', 'There is nothing to end.');
        done(SERVER, { draining: false });
        return shown(await door.progress());
      },
    }),
  ];
}

function shown({ sinceWallMs, untilWallMs, work, ...rest }: DrainProgress) {
  const { uploads, events, recordings } = work;
  return {
    ...rest,
    ...(sinceWallMs !== undefined && { since: new Date(sinceWallMs).toISOString() }),
    ...(untilWallMs !== undefined && { until: new Date(untilWallMs).toISOString() }),
    recordings,
    ...(uploads !== undefined && { uploads }),
    ...(events !== undefined && { events }),
  };
}
