import { z } from 'zod';
import { RISKS, ROLE_NAMES } from '../identity/policy/index.ts';
import { storageSchema } from './storage-schema.ts';

const port = (value: number) => z.int().min(0).max(65_535).default(value);
const host = (value: string) => z.string().min(1).default(value);
const bound = (value: number) => z.int().min(0).max(100_000_000).default(value);
const onOff = z.enum(['off', 'on']).default('off');
const count = z.int().min(0).max(64);
/** From an environment variable it comes as text. */
const workers = z
  .union([z.literal('auto'), count, z.string().regex(/^\d+$/).transform(Number).pipe(count)], {
    error: 'must be a number of processes up to 64, or auto',
  })
  .default(0);
const optional = z.string().min(1).nullable().default(null);

/** Passwords have keys of their own, which are never shown. */
const sinkUrl = (scheme: RegExp, said: string) =>
  z
    .string()
    .regex(scheme, { error: `must begin with ${said}` })
    .refine((text) => URL.canParse(text), { error: 'must be a URL' })
    .refine((text) => !text.includes('@'), { error: 'must have no user and password; they have keys of their own' });

const cidr = z.union([z.cidrv4(), z.cidrv6(), z.ipv4(), z.ipv6()], {
  error: 'must be an address or a network such as 10.0.0.0/8',
});

const certificate = z.strictObject({
  /** Host names this certificate is for; `*.example.com` for all names under one. */
  hosts: z.array(z.string().min(1)).min(1),
  certFile: z.string().min(1),
  keyFile: z.string().min(1),
});

const allowedCommand = z.strictObject({
  /** What steps of workflows call it. */
  name: z.string().regex(/^[\w-]{1,40}$/, { error: 'must be letters, digits, _ and -' }),
  /** The program, and the arguments before those of the step. */
  command: z.array(z.string().min(1)).min(1),
  seconds: z.int().min(1).max(1_000_000).default(600),
  outputBytes: z.int().min(1).max(100_000_000_000_000).default(1_073_741_824),
  memoryBytes: z.int().min(1_048_576).max(1_000_000_000_000).default(1_073_741_824),
});

/** What must be known before the server can start; `config/default.yml` explains every key. `null` means not set. */
export const configSchema = z.strictObject({
  nodeName: optional,
  publicHost: optional,
  dataDir: z.string().min(1).default('./data'),
  recordingsDir: z.string().min(1).default('./recordings'),
  archiveDir: optional,
  storages: z.array(storageSchema).default([]),
  watermarksDir: z.string().min(1).default('./watermarks'),
  slatesDir: z.string().min(1).default('./slates'),
  rulesFile: optional,
  databaseUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//, { error: 'must begin with postgres://' })
    .nullable()
    .default(null),
  masterKey: z
    .string()
    .regex(/^[A-Za-z0-9+/_-]{43}=?([\s,]+[A-Za-z0-9+/_-]{43}=?)*$/, { error: 'must be 32 bytes in base64' })
    .nullable()
    .default(null),
  cluster: z
    .strictObject({
      host: host('::'),
      port: port(0),
      address: optional,
      token: z.string().min(32, { error: 'must have at least 32 characters' }).nullable().default(null),
      standby: z.enum(['off', 'on']).default('on'),
      tls: z.strictObject({ certFile: optional, keyFile: optional, caFile: optional }).prefault({}),
    })
    .prefault({}),
  audit: z
    .strictObject({
      storage: optional,
      prefix: z.string().max(200).default('audit/'),
      keepDays: z.int().min(0).max(10_000_000).default(0),
    })
    .prefault({}),
  audience: z
    .strictObject({
      sessions: z.enum(['off', 'on']).default('on'),
      addresses: z.enum(['whole', 'truncated', 'none']).default('truncated'),
      storage: optional,
      prefix: z.string().max(200).default('sessions/'),
      keepDays: z.int().min(0).max(10_000_000).default(30),
      diskMegabytes: z.int().min(1).max(100_000_000).default(1024),
    })
    .prefault({}),
  ffmpegPath: optional,
  transcode: z
    .strictObject({
      encoder: z.enum(['software', 'nvenc', 'vaapi', 'qsv', 'videotoolbox']).default('software'),
      device: optional,
      font: optional,
    })
    .prefault({}),
  rtmp: z.strictObject({ host: host('::'), port: port(1935) }).prefault({}),
  rtmps: z.strictObject({ port: port(1936) }).prefault({}),
  playback: z.strictObject({ host: host('::'), port: port(8080), workers }).prefault({}),
  playbackTls: z.strictObject({ port: port(8443) }).prefault({}),
  tls: z
    .strictObject({
      ...{ certFile: optional, keyFile: optional, certificates: z.array(certificate).default([]) },
      acme: z
        .strictObject({
          directoryUrl: z.url({ protocol: /^https?$/ }).default('https://acme-v02.api.letsencrypt.org/directory'),
          email: optional,
          termsAgreed: z.enum(['yes', 'no']).default('no'),
        })
        .prefault({}),
    })
    .prefault({}),
  control: z
    .strictObject({
      host: host('127.0.0.1'),
      port: port(8090),
      totpRoles: z.array(z.enum(ROLE_NAMES)).default([]),
      secondPerson: z.array(z.enum(RISKS)).default([]),
    })
    .prefault({}),
  upload: z
    .strictObject({
      host: host('127.0.0.1'),
      port: port(8091),
      publicUrl: z
        .url({ protocol: /^https?$/, error: 'must be a URL such as https://upload.example.com' })
        .nullable()
        .default(null),
      storage: z.string().min(1).default('recordings'),
      prefix: z
        .string()
        .regex(/^([A-Za-z0-9][\w.-]*\/)*$/, { error: 'must be empty or a path such as vod/, with a slash at its end' })
        .max(200)
        .default('vod/'),
      limitBytes: z.int().min(1).max(48_800_000_000_000).default(53_687_091_200),
      idleHours: z.int().min(1).max(168).default(24),
      freeBytes: z.int().min(0).max(1_000_000_000_000_000).default(1_073_741_824),
      fetchPrivate: onOff,
    })
    .prefault({}),
  metrics: z
    .strictObject({
      host: host('127.0.0.1'),
      port: port(0),
      bearerToken: z.string().min(16, { error: 'must have at least 16 characters' }).nullable().default(null),
    })
    .prefault({}),
  trustedProxies: z.array(cidr).default([]),
  proxyProtocol: z.strictObject({ rtmp: onOff, playback: onOff }).prefault({}),
  limits: z
    .strictObject({
      connections: bound(20_000),
      connectionsPerAddress: bound(1000),
      requestsPerAddress: bound(100),
      refusalsPerAddress: bound(600),
      messageBytes: z.int().min(65_536).max(134_217_728).default(8_388_608),
      gopBytes: z.int().min(1_048_576).max(4_294_967_296).default(67_108_864),
      gopSeconds: z.number().min(1).max(600).default(20),
      hlsBytes: z.int().min(1_048_576).max(17_179_869_184).default(268_435_456),
      blockingRequests: bound(10_000),
      archiveFreeBytes: z.int().min(0).max(1_000_000_000_000).default(1_073_741_824),
    })
    .prefault({}),
  overload: z
    .strictObject({
      cpuPercent: z.int().min(0).max(100).default(90),
      eventLoopMs: z.int().min(0).max(60_000).default(100),
      memoryPercent: z.int().min(0).max(100).default(85),
      descriptorsPercent: z.int().min(0).max(100).default(80),
      diskFreeBytes: z.int().min(0).max(1_000_000_000_000).default(536_870_912),
    })
    .prefault({}),
  shutdown: z
    .strictObject({
      drainSeconds: z.int().min(0).max(86_400).default(5),
      graceSeconds: z.int().min(1).max(86_400).default(25),
    })
    .prefault({}),
  vod: z
    .strictObject({
      cacheDir: optional,
      cacheBytes: z.int().min(0).max(1_000_000_000_000_000).default(10_737_418_240),
      cdn: z
        .strictObject({
          url: z
            .url({ protocol: /^https?$/ })
            .nullable()
            .default(null),
          authType: z.enum(['no_auth', 'type_a', 'type_b', 'type_c']).default('no_auth'),
          authKey: optional,
          validitySeconds: z.int().min(60).max(2_592_000).default(1800),
          storages: z.array(z.string().min(1)).default([]),
        })
        .prefault({}),
    })
    .prefault({}),
  media: z
    .strictObject({
      roots: z.array(z.string().min(1)).default([]),
      workDir: optional,
      urls: z.enum(['public', 'private']).default('public'),
      limits: z
        .strictObject({
          seconds: z.int().min(1).max(10_000_000).default(21_600),
          memoryBytes: z.int().min(1_048_576).max(1_000_000_000_000).default(4_294_967_296),
          outputBytes: z.int().min(1_048_576).max(100_000_000_000_000).default(68_719_476_736),
          inputBytes: z.int().min(1_048_576).max(100_000_000_000_000).default(68_719_476_736),
          pixels: z.int().min(65_536).max(2_000_000_000).default(67_108_864),
          processes: z.int().min(8).max(10_000_000).default(512),
        })
        .prefault({}),
    })
    .prefault({}),
  jobs: z
    .strictObject({
      concurrency: z.int().min(0).max(1000).nullable().default(null),
      keepDays: z.int().min(1).max(10_000_000).default(30),
      keepFailedDays: z.int().min(1).max(10_000_000).default(180),
    })
    .prefault({}),
  workflows: z
    .strictObject({
      allowedHosts: z.array(z.string().min(1)).default([]),
      allowedCommands: z.array(allowedCommand).default([]),
      webhookSecret: optional,
    })
    .prefault({}),
  library: z
    .strictObject({
      newAssets: z.enum(['published', 'review', 'draft']).default('published'),
      trashDays: z.int().min(0).max(3650).default(7),
      coldAfterDays: z.int().min(0).max(36_500).default(0),
      coldStorage: optional,
      pipeline: z.string().min(1).max(64).default('default'),
    })
    .prefault({}),
  eventSinks: z
    .strictObject({
      redis: z
        .strictObject({
          url: sinkUrl(/^rediss?:\/\//, 'redis:// or rediss://')
            .nullable()
            .default(null),
          user: optional,
          password: optional,
          stream: z.string().min(1).max(500).default('headwater:events'),
          maxLength: z.int().min(1000).max(1_000_000_000).default(1_000_000),
        })
        .prefault({}),
      nats: z
        .strictObject({
          servers: z.array(sinkUrl(/^(nats|tls):\/\//, 'nats:// or tls://')).default([]),
          ...{ user: optional, password: optional, token: optional },
          stream: z
            .string()
            .regex(/^[A-Za-z0-9_-]{1,200}$/, { error: 'must be letters, digits, _ and -' })
            .default('headwater'),
          subject: z
            .string()
            .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/, { error: 'must be words with dots between them' })
            .max(200)
            .default('headwater.events'),
          maxMessages: z.int().min(1000).max(1_000_000_000).default(1_000_000),
        })
        .prefault({}),
    })
    .prefault({}),
  alarms: z
    .strictObject({
      runbookUrl: z.string().min(1).max(1000).default('docs/runbooks'),
    })
    .prefault({}),
  usage: z
    .strictObject({
      currency: z
        .string()
        .regex(/^[A-Z]{3}$/, { error: 'must be a code of ISO 4217, such as EUR' })
        .default('USD'),
      waitingBytes: z.int().min(1_048_576).max(17_179_869_184).default(268_435_456),
      keep: z
        .strictObject({
          minuteDays: z.int().min(1).max(10_000_000).default(8),
          fiveMinuteDays: z.int().min(1).max(10_000_000).default(32),
          hourDays: z.int().min(1).max(10_000_000).default(400),
        })
        .prefault({}),
    })
    .prefault({}),
  countryDatabase: optional,
  countryHeader: z
    .string()
    .regex(/^[A-Za-z0-9-]+$/, { error: 'must be the name of an HTTP header' })
    .nullable()
    .default(null),
  log: z.strictObject({ level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info') }).prefault({}),
});

type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** The bootstrap configuration, complete and frozen; paths are absolute. */
export type Config = DeepReadonly<z.output<typeof configSchema>>;
