import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { readFileIfPresent, StoreError, writeFileAtomic } from '../base/index.ts';

const FILE_NAME = 'alarms.json';

const acknowledgement = z.object({ by: z.string(), atMs: z.number(), note: z.string() });

const alarm = z.object({
  id: z.string(),
  code: z.string(),
  severity: z.string(),
  scope: z.enum(['node', 'cluster']),
  subject: z.object({
    kind: z.string(),
    name: z.string(),
    domain: z.string().optional(),
    app: z.string().optional(),
    stream: z.string().optional(),
  }),
  sentence: z.string(),
  /** The node that watches it and tells of it. */
  nodeId: z.string(),
  node: z.string(),
  raisedAtMs: z.number(),
  clearedAtMs: z.number().optional(),
  acknowledged: acknowledgement.optional(),
  /** The channels that were told that it is raised, and how severe it was then. */
  told: z.record(z.string(), z.string()),
  /** What the database does not know of it yet. */
  isUnsynced: z.boolean(),
});

const notice = z.object({
  id: z.string(),
  channel: z.string(),
  kind: z.enum(['alarm_raised', 'alarm_cleared']),
  alarm,
  atMs: z.number(),
  attempts: z.number(),
  firstAttemptAtMs: z.number().optional(),
  nextAttemptAtMs: z.number(),
  lastError: z.string().optional(),
});

const silence = z.object({
  id: z.string(),
  code: z.string(),
  subject: z.string(),
  untilMs: z.number(),
  createdAtMs: z.number(),
  by: z.string(),
  reason: z.string(),
  isDeleted: z.boolean(),
  updatedAtMs: z.number(),
  isUnsynced: z.boolean(),
});

const Content = z.object({
  version: z.literal(1),
  /** Whether this node watched what concerns all nodes when it was last known. */
  isWatcher: z.boolean(),
  alarms: z.array(alarm),
  notices: z.array(notice),
  silences: z.array(silence),
  /** The most that each domain sent, by day, in Mb/s. */
  egressPeaks: z.record(z.string(), z.array(z.object({ day: z.number(), mbps: z.number() }))).default({}),
});

/** Alarms as they are kept: the open ones, and those that ended of late. */
export type KeptAlarms = Readonly<Omit<z.output<typeof Content>, 'version'>>;
export type StoredAlarm = Readonly<KeptAlarms['alarms'][number]>;
export type StoredNotice = Readonly<KeptAlarms['notices'][number]>;
export type StoredSilence = Readonly<KeptAlarms['silences'][number]>;

/** What was kept in `dataDir`; undefined where there is no file. Needs no database. */
export async function readAlarms(dataDir: string): Promise<KeptAlarms | undefined> {
  const path = join(dataDir, FILE_NAME);
  const text = await readFileIfPresent(path);
  if (text === undefined) return undefined;
  try {
    const { version: _, ...kept } = Content.parse(JSON.parse(text));
    return kept;
  } catch (cause) {
    const remedy = 'Restore the file from a backup, or remove it: alarms that are open are then raised again.';
    throw new StoreError('FILE_MALFORMED', `${path} cannot be read`, remedy, cause);
  }
}

/** Keeps them in the place of those before: on the disk when it resolves. */
export async function writeAlarms(dataDir: string, kept: KeptAlarms): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  await writeFileAtomic(join(dataDir, FILE_NAME), `${JSON.stringify({ version: 1, ...kept })}\n`);
}
