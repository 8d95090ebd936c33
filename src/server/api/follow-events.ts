import { z } from 'zod';
import { eventSchema } from '../../operations/index.ts';
import type { MediaOperation } from './media-operation.ts';
import { sendProblem } from './problem.ts';

/** Below `/api/v1`. */
export const EVENT_STREAM_PATH = '/events/stream';

const name = z.string().min(1).max(1023);

/** What a follower of events asks for. */
export const eventStreamQuery = z.strictObject({
  after: z
    .union([z.literal('latest'), z.coerce.number().pipe(z.int().min(0))])
    .default('latest')
    .describe('A cursor to go on after, or `latest`'),
  kinds: z
    .string()
    .regex(/^[a-z_]+(,[a-z_]+)*$/)
    .transform((kinds) => kinds.split(','))
    .optional()
    .describe('Of these kinds only: `publish,publish_done`'),
  ...{ domain: name.optional(), app: name.optional(), stream: name.optional() },
});

const cursor = z.int().describe('What to go on after');
const frame = z
  .union([
    z.strictObject({ type: z.literal('event'), cursor, event: eventSchema }),
    z.strictObject({ type: z.literal('cursor'), cursor }),
  ])
  .meta({ id: 'EventFrame' });

/** What the document says of the WebSocket; whoever asks without one is told to bring one. */
export const followEvents: MediaOperation = {
  ...{ name: 'followEvents', area: 'Events', method: 'get', path: EVENT_STREAM_PATH, action: 'events:read' },
  summary: 'Events by WebSocket (RFC 6455), as they happen',
  description:
    'Each text frame is an EventFrame: an event with its cursor, or a cursor alone at the start and where events of others were passed over. Nothing needs to be sent. The server closes with 1001 where it stops, 1013 without its database, 4001 when session or key end, 4003 without the right, and 4008 for readers that take nothing for 15 s; come back with the last cursor in `after`. A browser that uses its cookie must come from the host of this door.',
  resource: undefined,
  params: z.strictObject({}),
  query: eventStreamQuery,
  body: undefined,
  status: 200,
  upgrade: { protocol: 'websocket', frame },
  media: 'application/json',
  send: (_call, { response }) => {
    response.set({ Upgrade: 'websocket', Connection: 'Upgrade, close' });
    sendProblem(
      response,
      426,
      'UPGRADE_REQUIRED',
      'events come by WebSocket here',
      'Connect with ws://, or ask GET /events.',
    );
  },
};
