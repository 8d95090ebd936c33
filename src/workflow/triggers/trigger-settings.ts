import { z } from 'zod';

const noSlash = { error: 'must not begin with /: names of objects do not' };
const prefix = z
  .string()
  .max(900)
  .regex(/^(?!\/)/, noSlash)
  .default('');
const suffix = z.string().max(200).default('');
/** What the run is given; `${event...}` in it are filled in. */
const input = z.record(z.string(), z.json()).default({});

/** What a client of ApsaraVideo's Function Compute calls the events of new objects. */
export const CREATED_EVENTS = [
  'ObjectCreated:PutObject',
  'ObjectCreated:PostObject',
  'ObjectCreated:CompleteMultipartUpload',
] as const;

export const triggerSettings = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('folder'),
    folder: z.string().min(1).describe('Below one of media.roots'),
    ...{ prefix, suffix, input },
    stillSeconds: z.number().min(0.2).max(86_400).default(5).describe('A file counts as written when it rests so long'),
    existing: z.enum(['skip', 'take']).default('skip').describe('What was there before the trigger'),
    everySeconds: z
      .number()
      .min(0.2)
      .max(86_400)
      .exactOptional()
      .describe('Look so often; left out, the system tells of files, and of those on a network is looked every 10 s'),
  }),
  z.strictObject({
    kind: z.literal('prefix'),
    storage: z.string().min(1),
    ...{ prefix, suffix, input },
    everySeconds: z.number().min(0.2).max(86_400).default(30).describe('How often it is looked'),
    stillSeconds: z.number().min(0).max(86_400).default(2),
    existing: z.enum(['skip', 'take']).default('skip'),
  }),
  z.strictObject({
    kind: z.literal('event'),
    storage: z.string().min(1),
    bucket: z.string().min(1).describe("What events call the storage's bucket"),
    ...{ prefix, suffix, input },
    events: z
      .array(z.enum(CREATED_EVENTS))
      .min(1)
      .default([...CREATED_EVENTS]),
  }),
]);

export type TriggerSettings = z.output<typeof triggerSettings>;
