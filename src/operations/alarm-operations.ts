import { z } from 'zod';
import type { Alarm } from '../alarm/index.ts';
import { type Resource, SERVER } from '../identity/index.ts';
import { ALARM_CODES, ALARM_SEVERITIES, type AlarmCode } from '../rules/index.ts';
import type { AlarmFilter } from '../store/index.ts';
import { cursorOf, keyOfCursor, nextCursor, notFound, type Operation, operation, pageQuery } from './base/index.ts';
import { appOf, domainOf } from './resources.ts';
import { isoOf, line, time } from './schemas.ts';

/** How a kind of alarm is handled by the rules of now. */
export type AlarmCodeInfo = {
  readonly code: AlarmCode;
  readonly title: string;
  readonly enabled: boolean;
  readonly severity: Alarm['severity'];
  readonly holdSeconds: number;
  readonly clearSeconds: number;
  readonly threshold?: number;
  readonly unit?: string;
};

/** What became of a test. */
export type AlarmTest = {
  readonly isTaken: boolean;
  readonly durationMs: number;
  readonly status?: number;
  readonly error?: string;
};

/** What the operations on alarms need. */
export type AlarmDoor = {
  readonly list: (filter: AlarmFilter) => Promise<readonly Alarm[]>;
  readonly find: (id: string) => Promise<Alarm | undefined>;
  /** False where there is no such alarm. */
  readonly acknowledge: (id: string, by: string, note: string) => Promise<boolean>;
  readonly silencedUntilMs: (alarm: Alarm) => number | undefined;
  readonly codes: () => readonly AlarmCodeInfo[];
  /** The page of what to do, as Markdown; undefined where this installation has none. */
  readonly runbook: (code: AlarmCode) => Promise<string | undefined>;
  /** Undefined where there is no such channel. */
  readonly test: (channelId: string) => Promise<AlarmTest | undefined>;
};

const code = z.enum(ALARM_CODES);
const severity = z.enum(ALARM_SEVERITIES);
const params = z.strictObject({ id: z.uuid() });
const query = pageQuery().extend({
  state: z.enum(['open', 'cleared']).optional().describe('Left out: both'),
  code: code.optional(),
});
const place = z.tuple([z.number(), z.uuid()]);
const alarm = z
  .strictObject({
    ...{ id: z.uuid(), code, severity },
    title: z.string().describe('What the code means'),
    sentence: z.string().describe('What is so, with its figures'),
    subject: z.strictObject({
      kind: z.string(),
      name: z.string(),
      ...{ domain: z.string().optional(), app: z.string().optional(), stream: z.string().optional() },
    }),
    node: z.string().describe('The node that raised it'),
    raisedAt: time,
    clearedAt: time.optional(),
    acknowledged: z.strictObject({ by: z.string(), at: time, note: z.string() }).optional(),
    silencedUntil: time.optional().describe('No channel is told until then'),
    told: z.array(z.string()).describe('The channels that heard of it'),
    runbook: z.string().describe('Its page of what to do, in the console'),
  })
  .meta({ id: 'Alarm' });
const codeInfo = z
  .strictObject({
    ...{ code, title: z.string(), enabled: z.boolean(), severity },
    holdSeconds: z.number().describe('It must be so for this long before it is raised'),
    clearSeconds: z.number().describe('It must be well for this long before it is cleared'),
    threshold: z.number().optional(),
    unit: z.string().optional().describe('Of the threshold'),
  })
  .meta({ id: 'AlarmCode' });
const tested = z
  .strictObject({
    isTaken: z.boolean(),
    durationMs: z.int(),
    status: z.int().optional().describe('Of HTTP, or 250 for e-mail'),
    error: z.string().optional(),
  })
  .meta({ id: 'AlarmTest' });

const area = 'Alarms';
const noAlarm = () => notFound('ALARM_NOT_FOUND', 'there is no such alarm', 'List the alarms; old ones are removed.');

/** What is not as it should be. */
export function alarmOperations(door: AlarmDoor): readonly Operation[] {
  const found = async (id: string) => {
    const one = await door.find(id);
    if (one) return one;
    throw noAlarm();
  };
  const shown = (one: Alarm) => shownAlarm(one, door);
  return [
    operation({
      ...{ name: 'listAlarms', area, method: 'get', path: '/alarms', action: 'alarms:read' },
      summary: 'Alarms of all nodes, the newest first',
      query,
      answer: z.strictObject({ alarms: z.array(alarm), nextCursor }),
      run: async ({ query: { state, code: wanted, limit, cursor }, permits }) => {
        const [raisedAtMs, id] = keyOfCursor(cursor, place) ?? [];
        const before = raisedAtMs === undefined || id === undefined ? undefined : { raisedAtMs, id };
        const isOpen = state === undefined ? undefined : state === 'open';
        const rows = await door.list({ isOpen, code: wanted, before, limit });
        const last = rows.length === limit ? rows.at(-1) : undefined;
        const alarms = rows.filter((each) => permits(alarmResource(each))).map(shown);
        return { alarms, ...(last && { nextCursor: cursorOf([last.raisedAtMs, last.id]) }) };
      },
    }),
    operation({
      ...{ name: 'getAlarm', area, method: 'get', path: '/alarms/{id}', action: 'alarms:read' },
      summary: 'An alarm',
      params,
      answer: alarm,
      run: async ({ params: { id }, require }) => {
        const one = await found(id);
        require(alarmResource(one));
        return shown(one);
      },
    }),
    operation({
      ...{ name: 'acknowledgeAlarm', area, method: 'post', path: '/alarms/{id}/acknowledge', action: 'alarms:write' },
      summary: 'Says that somebody looks after it; it stays open until all is well',
      params,
      body: z.strictObject({ note: line(500).default('') }),
      answer: alarm,
      run: async ({ params: { id }, body: { note }, caller, require, done }) => {
        const one = await found(id);
        require(alarmResource(one));
        if (!(await door.acknowledge(id, caller.name, note))) throw noAlarm();
        done(alarmResource(one), { alarm: id, code: one.code, subject: one.subject.name, acknowledged: true, note });
        return shown(await found(id));
      },
    }),
    operation({
      ...{ name: 'testAlarmChannel', area, method: 'post', path: '/alarms/test', action: 'alarms:write' },
      summary: 'Tells a channel of an alarm that is none, and at once that it is over',
      resource: () => SERVER,
      body: z.strictObject({ channel: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/) }),
      answer: tested,
      run: async ({ body: { channel }, done }) => {
        const result = await door.test(channel);
        if (!result) {
          throw notFound('CHANNEL_NOT_FOUND', 'there is no such channel', 'List the channels of alarms.');
        }
        done(SERVER, { channel, test: result.status ?? result.error });
        return { ...result, durationMs: Math.round(result.durationMs) };
      },
    }),
    operation({
      ...{ name: 'listAlarmCodes', area, method: 'get', path: '/alarm-codes', action: 'alarms:read' },
      summary: 'Every kind of alarm, and how it is handled by the rules of now',
      resource: () => SERVER,
      answer: z.strictObject({ codes: z.array(codeInfo) }),
      run: () => ({ codes: door.codes() }),
    }),
    operation({
      ...{ name: 'getRunbook', area, method: 'get', path: '/alarm-codes/{code}/runbook', action: 'alarms:read' },
      summary: 'The page of what to do about a kind of alarm',
      params: z.strictObject({ code }),
      answer: z.strictObject({ code, markdown: z.string() }),
      run: async ({ params }) => {
        const markdown = await door.runbook(params.code);
        if (markdown !== undefined) return { code: params.code, markdown };
        const remedy = 'Look into docs/runbooks of the source.';
        throw notFound('NO_RUNBOOK', 'this installation has no pages of what to do', remedy);
      },
    }),
  ];
}

/** Whose alarm it is. */
export function alarmResource({ subject: { domain, app } }: Pick<Alarm, 'subject'>): Resource {
  if (domain === undefined || domain.includes('*')) return SERVER;
  return app === undefined ? domainOf({ domain }) : appOf({ domain, app });
}

function shownAlarm(one: Alarm, door: AlarmDoor): z.input<typeof alarm> {
  const { id, subject, sentence, node, raisedAtMs, clearedAtMs, acknowledged, told } = one;
  const silencedUntilMs = clearedAtMs === undefined ? door.silencedUntilMs(one) : undefined;
  const title = door.codes().find((each) => each.code === one.code)?.title ?? '';
  return {
    ...{ id, code: one.code, severity: one.severity, title, sentence, subject: { ...subject }, node },
    raisedAt: isoOf(raisedAtMs),
    ...(clearedAtMs !== undefined && { clearedAt: isoOf(clearedAtMs) }),
    ...(acknowledged && {
      acknowledged: { by: acknowledged.by, at: isoOf(acknowledged.atMs), note: acknowledged.note },
    }),
    ...(silencedUntilMs !== undefined && { silencedUntil: isoOf(silencedUntilMs) }),
    told: Object.keys(told).filter((channel) => !channel.startsWith('#')),
    runbook: `/console/alarms/runbooks/${one.code}`,
  };
}
