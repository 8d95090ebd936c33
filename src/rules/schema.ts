import { z } from 'zod';

const seconds = (value: number, max = 86_400) => z.number().min(0).max(max).default(value);
const count = (value: number) => z.int().min(0).max(1_000_000).default(value);

/** A list that lets in (`allow`) or keeps out (`deny`) what it names. An empty list does nothing. */
const listMode = z.enum(['allow', 'deny']).default('deny');

const urlAuth = z
  .strictObject({
    /** `type_a` is ApsaraVideo Live's own; `type_b` and `type_c` are those of its CDN; `no_auth` lets everyone in. */
    type: z.enum(['no_auth', 'type_a', 'type_b', 'type_c']).default('no_auth'),
    /** Main key, 16-32 characters. */
    key1: z
      .string()
      .regex(/^[A-Za-z0-9_-]{6,128}$/)
      .optional(),
    /** Backup key: equally valid, so that the main key can be changed without a gap. */
    key2: z
      .string()
      .regex(/^[A-Za-z0-9_-]{6,128}$/)
      .optional(),
    /** A URL is valid until its timestamp plus this. */
    validitySeconds: seconds(1800, 31_536_000),
  })
  .refine((auth) => auth.type === 'no_auth' || auth.key1 !== undefined || auth.key2 !== undefined, {
    error: 'signing is on but neither key1 nor key2 is set',
  });

const remoteAuth = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  method: z.enum(['GET', 'HEAD', 'POST']).default('GET'),
  timeoutMs: z.int().min(100).max(3000).default(2000),
  passCodes: z.array(z.int()).default([200]),
  failCodes: z.array(z.int()).default([401, 403]),
  /** What happens when the server does not answer in time, or with a code in neither list. */
  onTimeout: z.enum(['fail', 'pass']).default('fail'),
  /** Which arguments of the request go along: all of them, none, or those named. */
  keepArgs: z.union([z.enum(['all', 'none']), z.array(z.string())]).default('all'),
});

const clientLists = {
  ip: z.strictObject({ mode: listMode, list: z.array(z.string()).default([]) }).prefault({}),
  referer: z
    .strictObject({ mode: listMode, list: z.array(z.string()).default([]), allowEmpty: z.boolean().default(true) })
    .prefault({}),
  userAgent: z
    .strictObject({ mode: listMode, list: z.array(z.string()).default([]), allowEmpty: z.boolean().default(true) })
    .prefault({}),
  country: z
    .strictObject({ mode: listMode, list: z.array(z.string().length(2).toUpperCase()).default([]) })
    .prefault({}),
};

const playProtocol = z.enum(['flv', 'ws-flv', 'rtmp', 'hls']);

/** A host name, `*.example.com`, or an IP address (IPv6 without brackets); without scheme and port. */
const hostName = z
  .string()
  .toLowerCase()
  .regex(/^([a-z0-9*_-][a-z0-9*_.-]{0,254}|[0-9a-f:.]{2,45})$/, {
    error: 'must be a host name without scheme, port and path, such as push.example.com or *.example.com',
  });

const domain = z.strictObject({
  /** The playback domain's name: what viewers' URLs and the stream's identity carry. */
  name: z
    .string()
    .toLowerCase()
    .regex(/^[a-z0-9*_.-]{1,255}$/, { error: 'must be a host name such as live.example.com, or default' }),
  /** Host names that encoders push to and that map to this domain. */
  ingest: z.array(hostName).default([]),
  /** Further host names that viewers may use for this domain. */
  aliases: z.array(hostName).default([]),
  push: z
    .strictObject({
      auth: urlAuth.prefault({}),
      /** Whether lasting stream keys (`{stream}?key=...`, our own) are accepted too. */
      streamKeys: z.boolean().default(true),
      ip: clientLists.ip,
      remoteAuth: remoteAuth.optional(),
    })
    .prefault({}),
  play: z
    .strictObject({
      auth: urlAuth.prefault({}),
      protocols: z.array(playProtocol).default(['flv', 'ws-flv', 'rtmp', 'hls']),
      ...clientLists,
      remoteAuth: remoteAuth.optional(),
      /** How long an HLS session's token lives; it is renewed by opening the signed URL again. */
      sessionSeconds: z.int().min(60).max(2_592_000).default(86_400),
      /** `query` gives all viewers the same segment paths, for a CDN in front; `path` the same bytes. */
      sessionTokenIn: z.enum(['path', 'query']).default('path'),
      /** A signed URL opens one session only. */
      singleUse: z.boolean().default(false),
      /** Sessions at once for one uid of the signature; 0 for any number. */
      sessionsPerUid: count(0),
    })
    .prefault({}),
  limits: z
    .strictObject({
      publishers: count(0),
      viewers: count(0),
      viewersPerAddress: count(0),
      publishersPerAddress: count(0),
    })
    .prefault({}),
});

const templateName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,31}$/, {
  error: 'must begin with a letter or digit and go on with letters, digits and hyphens, 32 at most',
});

const videoTemplate = z.strictObject({
  /** `copy` passes the source's pictures through; only audio is encoded anew, if at all. */
  codec: z.enum(['h264', 'h265', 'av1', 'copy']).default('h264'),
  /** The shorter side of the picture in pixels; never more than the source's. Left out: the source's size. */
  shortSide: z.int().min(64, { error: 'must be at least 64 pixels' }).max(4320).optional(),
  /** Never more than the source's. */
  bitrateKbps: z.int().min(32, { error: 'must be at least 32 kb/s' }).max(100_000).optional(),
  /** In percent of the source's bitrate, as it is measured when the rendition starts; `bitrateKbps` is the most. */
  bitratePercent: z.int().min(5).max(100).optional(),
  /** Pictures are left out to get there, never added. */
  fps: z.number().min(1).max(120, { error: 'must be at most 120' }).optional(),
  /** The longest time between key frames. Key frames of the source are key frames here in any case. */
  gopSeconds: z.number().min(0.5).max(20).optional(),
  preset: z.enum(['ultrafast', 'superfast', 'veryfast', 'faster', 'fast', 'medium']).default('veryfast'),
});

const audioTemplate = z.strictObject({
  /** `copy` passes the source's sound through where the rendition can carry it, else makes AAC of it. */
  codec: z.enum(['copy', 'aac', 'none']).default('copy'),
  bitrateKbps: z.int().min(16).max(512).default(64),
  sampleRate: z.union([z.literal(22_050), z.literal(24_000), z.literal(44_100), z.literal(48_000)]).optional(),
  channels: z.union([z.literal(1), z.literal(2)]).optional(),
});

/** How a rendition is made of its source. */
const template = z
  .strictObject({
    name: templateName,
    /** `none` makes a rendition of sound alone. */
    video: z.union([z.literal('none'), videoTemplate]).prefault({}),
    audio: audioTemplate.prefault({}),
    /** `quality` lets the encoder look ahead, which adds about a second of delay. */
    latency: z.enum(['low', 'quality']).default('low'),
  })
  .refine(({ video, audio }) => video !== 'none' || audio.codec !== 'none', {
    error: 'has neither video nor audio',
  });

const NAME_VARIABLES = ['DomainName', 'AppName', 'StreamName', 'UnixTimestamp', 'Sequence'];

/** The name of JPEG objects with ApsaraVideo's variables; empty for none. */
const pictureName = (value: string, distinct = /^/) =>
  z
    .string()
    .max(255, { error: 'must be shorter than 256 bytes' })
    .regex(/^(|(?!.*(^|\/)\.{0,2}(\/|$))[A-Za-z0-9_.{}/-]+\.jpg)$/, {
      error: 'must be the name of a .jpg object, without spaces, .. and a slash at its beginning',
    })
    .refine((name) => (name.match(/\{\w+\}|[{}]/g) ?? []).every((each) => NAME_VARIABLES.includes(each.slice(1, -1))), {
      error: `knows the variables ${NAME_VARIABLES.map((name) => `{${name}}`).join(', ')} only`,
    })
    .refine((name) => name === '' || (name.includes('{AppName}') && name.includes('{StreamName}')), {
      error: 'must have {AppName} and {StreamName}, or streams would overwrite each other',
    })
    .refine((name) => name === '' || distinct.test(name), {
      error: 'must have {UnixTimestamp} or {Sequence}, or pictures would overwrite each other',
    })
    .default(value);

const streamSettings = {
  publish: z
    .strictObject({
      /** A second publisher for a name that is live. A ghost is replaced either way. */
      secondPublisher: z.enum(['refuse', 'takeover']).default('refuse'),
      /** How long viewers are kept after the publisher's connection is lost. */
      waitSeconds: seconds(15, 3600),
      /** Wait after a clean end too. */
      waitAfterUnpublish: z.boolean().default(false),
      /** With no data for this long, a second publisher takes the stream over. */
      ghostSeconds: seconds(3, 60),
      /** With no data for this long, the publisher is disconnected. */
      idleSeconds: seconds(10, 600),
    })
    .prefault({}),
  delivery: z
    .strictObject({
      /** Packets are gathered this long before they are written to FLV and RTMP viewers; 0 writes each video frame. */
      mergeWindowMs: z.int().min(0).max(1000).default(0),
      /** A viewer further behind, in time or in bytes, skips to the next key frame. */
      viewerQueueSeconds: seconds(8, 120),
      viewerQueueBytes: z.int().min(65_536).max(268_435_456).default(4_194_304),
      /** A viewer that is still behind its queue this long is closed. */
      viewerStallSeconds: seconds(20, 600),
      /** A request for a stream that is not live is held this long before the 404. */
      holdSeconds: seconds(0, 60),
      maxViewers: count(0),
    })
    .prefault({}),
  hls: z
    .strictObject({
      /** What `.m3u8` without `?container=` gives: fragmented MP4 with low latency, or MPEG-TS. */
      container: z.enum(['fmp4', 'ts']).default('fmp4'),
      lowLatency: z.boolean().default(true),
      segmentSeconds: z.number().min(1).max(10).default(2),
      partMs: z.int().min(100).max(1000).default(300),
      windowSegments: z.int().min(3).max(60).default(6),
      /** Package from the start of the publish, not from the first viewer. */
      always: z.boolean().default(false),
      endedSeconds: seconds(60, 3600),
    })
    .prefault({}),
  transcode: z
    .strictObject({
      /** Templates by name, built-in ones such as `lsd` or those of `templates`: each gives `{stream}_{template}`. */
      templates: z
        .array(templateName)
        .max(8)
        .refine((names) => new Set(names).size === names.length, { error: 'names a template twice' })
        .default([]),
      /** Renditions start with their first viewer and stop 30 s after the last, not with the publish. */
      lazy: z.boolean().default(true),
    })
    .prefault({}),
  snapshot: z
    .strictObject({
      enabled: z.boolean().default(false),
      everySeconds: z
        .int()
        .min(5, { error: 'must be 5 to 3600 seconds' })
        .max(3600, { error: 'must be 5 to 3600 seconds' })
        .default(10),
      /** The picture's shorter side in pixels, never more than the source's; left out, it is the source's. */
      shortSide: z.int().min(64, { error: 'must be at least 64 pixels' }).max(4320).optional(),
      /** A storage of the configuration. */
      storage: z.string().min(1).max(32).default('recordings'),
      /** Each picture takes the place of the last. */
      overwrite: pictureName('snapshot/{AppName}/{StreamName}.jpg'),
      /** Every picture is kept. */
      sequence: pictureName('', /\{(UnixTimestamp|Sequence)\}/),
    })
    .prefault({}),
  /** Whether `GET /{app}.m3u` lists the streams of the app. */
  channelList: z.strictObject({ enabled: z.boolean().default(false) }).prefault({}),
};

const pattern = z
  .string()
  .regex(/^[A-Za-z0-9_.*/-]{1,1023}$/)
  .default('*');

/** What a rule is about; `*` stands for anything. */
const match = z.strictObject({ domain: pattern, app: pattern, stream: pattern }).prefault({});

const callback = z.strictObject({
  /** Names the endpoint in logs, metrics and the delivery queue. */
  id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  match,
  url: z.url({ protocol: /^https?$/ }),
  /** `apsara`: GET with ApsaraVideo's fields; `json`: POST in Standard Webhooks form. */
  form: z.enum(['apsara', 'json']).default('json'),
  /** Signs the callbacks: MD5 over domain, time and key for `apsara`, HMAC-SHA256 for `json`. */
  key: z.string().min(16).max(128).optional(),
});

const streamKey = z.strictObject({
  /** Names the key in logs and in revocations. */
  id: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  key: z.string().min(16).max(128),
  match,
});

const revocation = z.union([
  z.strictObject({ uid: z.string(), before: z.iso.datetime().optional() }),
  z.strictObject({ session: z.string() }),
  z.strictObject({ streamKey: z.string() }),
]);

export const templateSchema = template;

/** The settings of one stream, complete. */
export const streamSettingsSchema = z.strictObject(streamSettings);

type Override<T extends z.ZodType> = z.ZodOptional<T extends z.ZodDefault<infer I> | z.ZodPrefault<infer I> ? I : T>;
type Fields = Readonly<Record<string, z.ZodType>>;
type Overrides<T extends Fields> = { [K in keyof T]: Override<T[K]> };

/** The group with every default taken off: what is left out of an override is inherited, not reset. */
function overridesOf<T extends Fields>(group: z.ZodPrefault<z.ZodObject<T, z.core.$strict>>) {
  const fields = Object.entries(group.unwrap().shape).map(([name, field]) => {
    const bare = field instanceof z.ZodDefault || field instanceof z.ZodPrefault ? field.unwrap() : field;
    return [name, (bare as z.ZodType).optional()];
  });
  return z.strictObject(Object.fromEntries(fields) as Overrides<T>).optional();
}

/** Settings for the streams that `match`; what is left out comes from less specific rules and the defaults. */
const streamSettingsOverrides = z.strictObject({
  match,
  publish: overridesOf(streamSettings.publish),
  delivery: overridesOf(streamSettings.delivery),
  hls: overridesOf(streamSettings.hls),
  transcode: overridesOf(streamSettings.transcode),
  snapshot: overridesOf(streamSettings.snapshot),
  channelList: overridesOf(streamSettings.channelList),
});

/** One revision of what the operator wants. `streams` are overrides: for each setting the most specific match wins. */
export const rulesSchema = z.strictObject({
  domains: z.array(domain).prefault([{ name: 'default' }]),
  /** What happens to a host name that no domain names. */
  unknownHosts: z.enum(['default', 'refuse']).default('default'),
  streams: z.array(streamSettingsOverrides).default([]),
  /** Templates beside the built-in ones. */
  templates: z.array(template).default([]),
  streamKeys: z.array(streamKey).default([]),
  callbacks: z.array(callback).default([]),
  revoked: z.array(revocation).default([]),
});

export type Rules = z.output<typeof rulesSchema>;
export type RulesInput = z.input<typeof rulesSchema>;
export type StreamRule = Rules['streams'][number];
export type DomainRule = Rules['domains'][number];
export type CallbackRule = Rules['callbacks'][number];
export type StreamKeyRule = Rules['streamKeys'][number];
export type TemplateRule = Rules['templates'][number];
export type TemplateInput = z.input<typeof template>;
export type StreamSettings = z.output<typeof streamSettingsSchema>;
export type UrlAuth = z.output<typeof urlAuth>;
export type RemoteAuthRule = z.output<typeof remoteAuth>;
export type PlayProtocol = z.output<typeof playProtocol>;
export type Match = z.output<typeof match>;
