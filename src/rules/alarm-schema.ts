import { z } from 'zod';
import { ALARM_CODES, ALARM_SEVERITIES } from './alarm-codes.ts';
import { seconds, tags } from './schema-basics.ts';
import { windowOfTime } from './time-window-schema.ts';

/** When a stream should be there, and how well; what is otherwise raises an alarm. */
export const alarms = z
  .strictObject({
    expected: z
      .enum(['no', 'always', 'schedule'])
      .default('no')
      .describe('Whether it is an alarm when the stream is not live; the rule must match one app and stream by name'),
    schedule: z.array(windowOfTime).max(64).default([]).describe('When it is expected, with `schedule`'),
    offlineSeconds: seconds(30).describe('Expected and not live for so long: `STREAM_OFFLINE`'),
    minKbps: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(0)
      .describe('Less than this is `BITRATE_LOW`; 0: less than a third of what the stream has been sending'),
    minFps: z
      .number()
      .min(0)
      .max(1000)
      .default(0)
      .describe('Less than this is `FPS_LOW`; 0: clearly less than the encoder declares'),
  })
  .prefault({});

const severity = z.enum(ALARM_SEVERITIES);

/** How one kind of alarm is handled; what is left out is as it comes (docs/alarms.md has the table). */
export const alarmPolicy = z.strictObject({
  name: z.enum(ALARM_CODES).describe("The alarm's code"),
  tags,
  enabled: z.boolean().default(true).describe('False: it is never raised'),
  severity: severity.optional(),
  threshold: z
    .number()
    .min(0)
    .max(1e12)
    .optional()
    .describe("The limit of the code's own quantity, in the unit that docs/alarms.md gives"),
  holdSeconds: z.number().min(0).max(86_400).optional().describe('It must be so for this long before it is raised'),
  clearSeconds: z.number().min(0).max(86_400).optional().describe('It must be well for this long before it is cleared'),
});

const smtp = z.strictObject({
  host: z.string().min(1).max(255),
  port: z.int().min(1).max(65_535).default(587),
  security: z
    .enum(['starttls', 'tls', 'none'])
    .default('starttls')
    .describe('`starttls` insists on it; `tls` from the first byte, as on port 465; `none` sends in the clear'),
  user: z.string().min(1).max(256).optional(),
  password: z.string().min(1).max(1024).optional(),
});

const address = z.email().max(320);

/** Where alarms are told: one webhook, mailbox list or Alertmanager. */
export const alarmChannel = z
  .strictObject({
    id: z
      .string()
      .regex(/^[A-Za-z0-9_-]{1,64}$/)
      .describe('Names the channel in logs and lists'),
    tags,
    kind: z
      .enum(['webhook', 'email', 'alertmanager'])
      .describe('`webhook`: POST in Standard Webhooks form; `alertmanager`: POST to its /api/v2/alerts'),
    enabled: z.boolean().default(true),
    url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Of the webhook, or of the Alertmanager without /api/v2/alerts'),
    key: z.string().min(16).max(128).optional().describe('Signs a webhook: HMAC-SHA256; may begin with whsec_'),
    smtp: smtp.optional().describe('The server that takes the e-mail'),
    from: address.optional(),
    to: z.array(address).max(20).default([]),
    severities: z
      .array(severity)
      .min(1, { error: 'names none' })
      .default(['page', 'ticket'])
      .describe('What is told here'),
    codes: z.array(z.enum(ALARM_CODES)).default([]).describe('Only these; empty for all'),
    resendSeconds: z
      .int()
      .min(5)
      .max(3600)
      .default(60)
      .describe('An Alertmanager is told again so often while it lasts; silence of three times this ends it there'),
  })
  .refine(({ kind, url }) => kind === 'email' || url !== undefined, {
    path: ['url'],
    error: 'is needed: where the alarms are to be sent',
  })
  .refine(({ kind, smtp: server }) => kind !== 'email' || server !== undefined, {
    path: ['smtp'],
    error: 'is needed: the server that takes the e-mail',
  })
  .refine(({ kind, from }) => kind !== 'email' || from !== undefined, {
    path: ['from'],
    error: 'is needed: the address that the e-mail comes from',
  })
  .refine(({ kind, to }) => kind !== 'email' || to.length > 0, {
    path: ['to'],
    error: 'is needed: who gets the e-mail',
  });
