import { z } from 'zod';
import { VOD_EVENT_TYPES } from '../../../notify/index.ts';
import { HIDDEN, MEDIA_EVENTS, type MediaCallbackRule, type MediaEventKind } from '../../../rules/index.ts';
import {
  type ActionCall,
  action,
  DONE,
  editObject,
  invalidParameter,
  isNotFound,
  missingParameter,
  type ServedAction,
  text,
} from '../base/index.ts';

/** The one endpoint that ApsaraVideo VOD has for an app; others are in the rules. */
const ID = 'vod';
const DEFAULT_APP = 'app-1000000';
const AppId = z
  .literal(DEFAULT_APP, { error: `there is one app here, ${DEFAULT_APP}; leave it out` })
  .default(DEFAULT_APP);
const callbackUrl = text.pipe(z.url({ protocol: /^https?$/, error: 'it must be an http or https URL' }));

/** Who hears of what happens to videos. */
export const messageActions: readonly ServedAction[] = [
  action({
    name: 'SetMessageCallback',
    summary: 'Says where to tell of what happens to videos, and of what',
    differs:
      'HTTP only; there is one app; AuthKey has 6 to 32 letters and digits; without EventTypeList nothing is told, as there; event types that never come here are taken and stay silent',
    input: z.object({
      ...{ AppId, CallbackURL: callbackUrl.optional(), EventTypeList: text.optional() },
      CallbackType: text.default('HTTP'),
      AuthSwitch: z.enum(['on', 'off'], { error: 'it must be on or off' }).default('off'),
      AuthKey: text.optional(),
      ...{ MnsEndpoint: text.optional(), MnsQueueName: text.optional() },
    }),
    run: async ({ input, ask }) => {
      const { CallbackURL: url, CallbackType, AuthSwitch, AuthKey, EventTypeList = '' } = input;
      if (CallbackType.toUpperCase() !== 'HTTP')
        throw invalidParameter('CallbackType', 'this server has no message queues of its own; it must be HTTP');
      if (url === undefined) throw missingParameter('CallbackURL');
      const events = eventsOf(EventTypeList);
      const said = {
        ...{ url, form: 'vod', enabled: events === 'all' || events.length > 0 },
        ...(events !== 'all' && events.length > 0 && { events }),
        ...(AuthSwitch === 'on' && { key: keyOf(AuthKey) }),
      };
      const object = { kind: 'MediaCallback', id: ID, reason: 'SetMessageCallback' } as const;
      await editObject<MediaCallbackRule>(ask, object, (now) => ({ id: ID, ...(now && { tags: now.tags }), ...said }));
      return DONE;
    },
  }),
  action({
    name: 'GetMessageCallback',
    summary: 'Where what happens to videos is told',
    differs: 'the key is there only where callbacks are signed, and for callers who may see keys',
    input: z.object({ AppId }),
    run: async ({ ask }) => {
      const found = await callback(ask);
      if (found === undefined) return { MessageCallback: { AppId: DEFAULT_APP } };
      const { url, key, enabled, events } = found;
      return {
        MessageCallback: {
          ...{ AppId: DEFAULT_APP, CallbackType: 'HTTP', CallbackURL: url },
          EventTypeList: enabled ? (events?.map((each) => VOD_EVENT_TYPES[each] ?? each).join(',') ?? 'ALL') : '',
          AuthSwitch: key === undefined ? 'off' : 'on',
          ...(key !== undefined && key !== HIDDEN && { AuthKey: key }),
        },
      };
    },
  }),
  action({
    name: 'DeleteMessageCallback',
    summary: 'Tells nobody of what happens to videos any more',
    input: z.object({ AppId }),
    run: async ({ ask }) => {
      const object = { kind: 'MediaCallback', id: ID, reason: 'DeleteMessageCallback' } as const;
      await editObject<MediaCallbackRule>(ask, object, () => undefined);
      return DONE;
    },
  }),
];

async function callback(ask: ActionCall['ask']): Promise<MediaCallbackRule | undefined> {
  try {
    return await ask<MediaCallbackRule>('getMediaCallback', { params: { id: ID } });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Those that ApsaraVideo has and that never come here. */
const SILENT = [
  ...['AIComplete', 'AIMediaAuditComplete', 'AIMediaDNAComplete'],
  ...['MediaRestoreComplete', 'ProduceMediaComplete', 'WorkflowEnd'],
];

function eventsOf(list: string): readonly MediaEventKind[] | 'all' {
  const names = list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (names.some((name) => name.toUpperCase() === 'ALL')) return 'all';
  const kinds = names.flatMap((name) => {
    const kind = MEDIA_EVENTS.find((each) => VOD_EVENT_TYPES[each] === name);
    if (kind === undefined && !SILENT.includes(name))
      throw invalidParameter('EventTypeList', `there is no event type ${name}`);
    return kind ?? [];
  });
  return [...new Set(kinds)];
}

function keyOf(key: string | undefined): string {
  if (key === undefined) throw missingParameter('AuthKey');
  if (/^[A-Za-z0-9]{6,32}$/.test(key)) return key;
  throw invalidParameter('AuthKey', 'it must have 6 to 32 letters and digits');
}
