import { z } from 'zod';
import { count, pattern, seconds, tags } from './schema-basics.ts';

/** A list that lets in (`allow`) or keeps out (`deny`) what it names. An empty list does nothing. */
const listMode = z.enum(['allow', 'deny']).default('deny');

const authKey = z.string().regex(/^[A-Za-z0-9_-]{6,128}$/);

export const urlAuth = z
  .strictObject({
    type: z
      .enum(['no_auth', 'type_a', 'type_b', 'type_c'])
      .default('no_auth')
      .describe(
        "`type_a` is ApsaraVideo Live's own; `type_b` and `type_c` are those of its CDN; `no_auth` lets everyone in",
      ),
    key1: authKey.optional().describe('Main key, 16-32 characters'),
    key2: authKey.optional().describe('Backup key: equally valid, so that the main key can be changed without a gap'),
    validitySeconds: seconds(1800, 31_536_000).describe('A URL is valid until its timestamp plus this'),
  })
  .refine((auth) => auth.type === 'no_auth' || auth.key1 !== undefined || auth.key2 !== undefined, {
    error: 'signing is on but neither key1 nor key2 is set',
  });

export const remoteAuth = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  form: z
    .enum(['headers', 'srs'])
    .default('headers')
    .describe('`headers` is answered by the status; `srs` posts the hooks of SRS, answered by 200 and a code of 0'),
  method: z.enum(['GET', 'HEAD', 'POST']).default('GET'),
  timeoutMs: z.int().min(100).max(3000).default(2000),
  passCodes: z.array(z.int()).default([200]),
  failCodes: z.array(z.int()).default([401, 403]),
  onTimeout: z
    .enum(['fail', 'pass'])
    .default('fail')
    .describe('What happens when the server does not answer in time, or with a code in neither list'),
  keepArgs: z
    .union([z.enum(['all', 'none']), z.array(z.string())])
    .default('all')
    .describe('Which arguments of the request go along: all of them, none, or those named'),
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

export const playProtocol = z.enum(['flv', 'ws-flv', 'rtmp', 'hls']);

/** A host name, `*.example.com`, or an IP address (IPv6 without brackets); without scheme and port. */
const hostName = z
  .string()
  .toLowerCase()
  .regex(/^([a-z0-9*_-][a-z0-9*_.-]{0,254}|[0-9a-f:.]{2,45})$/, {
    error: 'must be a host name without scheme, port and path, such as push.example.com or *.example.com',
  });

/** Mb/s, with room for none of ours to come near it. */
const mbps = z.number().min(0).max(1_000_000).default(0);

/** How much at once; 0 for any number. Who is one too many is refused with the reason, and nothing that runs is cut. */
const capacity = {
  publishers: count(0),
  viewers: count(0),
  ingestMbps: mbps.describe('Megabits a second that publishers send; while it is reached no further one is let in'),
  egressMbps: mbps.describe('Megabits a second to viewers; while it is reached no further one is let in'),
  transcodes: count(0).describe('Renditions that are encoded at once'),
};

/** A playback domain: who may push to it, who may play from it, and how much. */
export const domain = z.strictObject({
  tags,
  name: z
    .string()
    .toLowerCase()
    .regex(/^[a-z0-9*_.-]{1,255}$/, { error: 'must be a host name such as live.example.com, or default' })
    .describe("The playback domain's name: what viewers' URLs and the stream's identity carry"),
  enabled: z
    .boolean()
    .default(true)
    .describe('False stops it: nobody publishes to it or plays from it, and who does is sent away'),
  ingest: z.array(hostName).default([]).describe('Host names that encoders push to and that map to this domain'),
  backupIngest: z
    .array(hostName)
    .default([])
    .describe('Those of `ingest` through which backups of streams are pushed; any other backup says `backup=1`'),
  aliases: z
    .array(
      z.union([
        hostName,
        z.strictObject({
          name: hostName,
          /** From then on the host is refused. */
          until: z.iso.datetime({ offset: true }).optional(),
          /** A key of former times: with this host, signatures by it are good, too. */
          key: authKey.optional(),
        }),
      ]),
    )
    .default([])
    .describe('Further host names that viewers may use for this domain, for ever or until a date'),
  push: z
    .strictObject({
      auth: urlAuth.prefault({}),
      streamKeys: z
        .boolean()
        .default(true)
        .describe('Whether lasting stream keys (`{stream}?key=...`, our own) are accepted too'),
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
      sessionSeconds: z
        .int()
        .min(60)
        .max(2_592_000)
        .default(86_400)
        .describe("How long an HLS session's token lives; it is renewed by opening the signed URL again"),
      sessionTokenIn: z
        .enum(['path', 'query'])
        .default('path')
        .describe('`query` gives all viewers the same segment paths, for a CDN in front; `path` the same bytes'),
      singleUse: z.boolean().default(false).describe('A signed URL opens one session only'),
      sessionsPerUid: count(0).describe('Sessions at once for one uid of the signature; 0 for any number'),
    })
    .prefault({}),
  limits: z.strictObject({ ...capacity, viewersPerAddress: count(0), publishersPerAddress: count(0) }).prefault({}),
  https: z
    .strictObject({
      force: z.boolean().default(false).describe('Viewers who come by HTTP are sent to HTTPS'),
      hstsSeconds: z
        .int()
        .min(0)
        .max(63_072_000)
        .default(0)
        .describe('For so long browsers come by HTTPS of themselves (Strict-Transport-Security); 0 says nothing'),
    })
    .prefault({}),
  apps: z
    .array(z.strictObject({ app: pattern, limits: z.strictObject(capacity).prefault({}) }))
    .default([])
    .describe(
      'Limits of its apps, each of its own, within those of the domain; of several that match an app the most specific counts',
    ),
});
