import { z } from 'zod';
import type { Silence } from '../alarm/index.ts';
import { type Resource, SERVER } from '../identity/index.ts';
import { nextCursor, notFound, type Operation, OperationError, operation, pageOf, pageQuery } from './base/index.ts';
import { domainOf } from './resources.ts';
import { isoOf, line, sortableMs, time } from './schemas.ts';

export type NewSilence = Pick<Silence, 'code' | 'subject' | 'untilMs' | 'by' | 'reason'>;

/** What the operations on silences need. */
export type SilenceDoor = {
  readonly all: () => readonly Silence[];
  /** Undefined where there are too many. */
  readonly add: (silence: NewSilence) => Promise<Silence | undefined>;
  readonly change: (id: string, change: Pick<NewSilence, 'untilMs' | 'reason'>) => Promise<Silence | undefined>;
  /** False where there is none. */
  readonly remove: (id: string) => Promise<boolean>;
  readonly wallMs: () => number;
};

const LONGEST_MS = 366 * 86_400_000;

const params = z.strictObject({ id: z.uuid() });
const codePattern = z.string().regex(/^[A-Z_*]{1,64}$/, { error: 'must be a code of alarms, or letters with *' });
const reason = line(500).min(1, { error: 'must say why' });
const until = time.describe('A year from now at most');
const newSilence = z.strictObject({
  code: codePattern.default('*'),
  subject: line(3100)
    .min(1)
    .default('*')
    .describe('The name of what the alarm is about, such as live.example.com/live/show; with * for any letters'),
  ...{ until, reason },
});
const silence = z
  .strictObject({
    ...{ id: z.uuid(), code: z.string(), subject: z.string(), until: time, reason: z.string() },
    ...{ by: z.string(), createdAt: time },
  })
  .meta({ id: 'Silence' });

const area = 'Alarms';
const noSilence = () => notFound('SILENCE_NOT_FOUND', 'there is no such silence', 'List the silences.');

/** What nobody wants to be told of for a time. */
export function silenceOperations(door: SilenceDoor): readonly Operation[] {
  const found = (id: string) => {
    const one = door.all().find((each) => each.id === id);
    if (one) return one;
    throw noSilence();
  };
  return [
    operation({
      ...{ name: 'listSilences', area, method: 'get', path: '/alarm-silences', action: 'alarms:read' },
      summary: 'The silences that are in force',
      query: pageQuery(),
      answer: z.strictObject({ silences: z.array(silence), nextCursor }),
      run: ({ query, permits }) => {
        const mine = door.all().filter((each) => permits(silenceResource(each)));
        const { items, ...rest } = pageOf(mine, query, (each) => `${sortableMs(each.untilMs)} ${each.id}`);
        return { silences: items.map(shown), ...rest };
      },
    }),
    operation({
      ...{ name: 'createSilence', area, method: 'post', path: '/alarm-silences', action: 'alarms:write' },
      summary: 'No channel is told of matching alarms until a time; they are raised and listed all the same',
      body: newSilence,
      answer: silence,
      status: 201,
      run: async ({ body, caller, require, done }) => {
        require(silenceResource(body));
        const { code, subject } = body;
        const untilMs = endOf(body.until, door.wallMs());
        const made = await door.add({ code, subject, untilMs, by: caller.name, reason: body.reason });
        if (!made) {
          throw new OperationError(409, 'LIMIT', 'there are too many silences', 'Take away those not needed.');
        }
        done(silenceResource(body), { silence: made.id, code, subject, until: isoOf(untilMs), reason: body.reason });
        return shown(made);
      },
    }),
    operation({
      ...{ name: 'replaceSilence', area, method: 'put', path: '/alarm-silences/{id}', action: 'alarms:write' },
      summary: 'Gives a silence another end and reason',
      params,
      body: z.strictObject({ until, reason }),
      answer: silence,
      run: async ({ params: { id }, body, require, done }) => {
        const before = found(id);
        require(silenceResource(before));
        const untilMs = endOf(body.until, door.wallMs());
        const changed = await door.change(id, { untilMs, reason: body.reason });
        if (!changed) throw noSilence();
        done(silenceResource(before), { silence: id, until: isoOf(untilMs), reason: body.reason });
        return shown(changed);
      },
    }),
    operation({
      ...{ name: 'deleteSilence', area, method: 'delete', path: '/alarm-silences/{id}', action: 'alarms:write' },
      summary: 'Ends a silence: alarms that are open are told now',
      params,
      run: async ({ params: { id }, require, done }) => {
        const before = found(id);
        require(silenceResource(before));
        if (!(await door.remove(id))) throw noSilence();
        done(silenceResource(before), { silence: id, ended: true });
      },
    }),
  ];
}

function endOf(text: string, nowMs: number): number {
  const untilMs = Date.parse(text);
  if (untilMs > nowMs && untilMs <= nowMs + LONGEST_MS) return untilMs;
  const remedy = 'Give a time within the next 366 days, such as tomorrow morning.';
  throw new OperationError(400, 'BAD_TIME', 'until must be in the future, and a year from now at most', remedy);
}

/** A silence within one domain is that domain's; any other concerns the server. */
function silenceResource({ subject }: Pick<Silence, 'subject'>): Resource {
  const [domain = '', rest] = subject.split('/', 2);
  return rest === undefined || domain.includes('*') || domain === '' ? SERVER : domainOf({ domain });
}

function shown({ id, code, subject, untilMs, reason: why, by, createdAtMs }: Silence): z.input<typeof silence> {
  return { id, code, subject, until: isoOf(untilMs), reason: why, by, createdAt: isoOf(createdAtMs) };
}
