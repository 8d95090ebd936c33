import { z } from 'zod';
import { match, seconds, tags } from './schema-basics.ts';

const name = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, { error: 'must be 1 to 64 letters, digits, _ and -' })
  .describe('Names it in lists, logs and metrics');

const NO_INSTANT = { error: 'must be a UTC date such as 2026-12-01T18:00:00Z, or empty for none' };
const instant = z.union([z.iso.datetime(NO_INSTANT), z.literal('')], NO_INSTANT).default('');
const window = {
  startTime: instant.describe('From then on; empty for at once'),
  endTime: instant.describe('Until then; empty for ever'),
};

const sourceUrl = z
  .string()
  .max(2048)
  .refine((text) => isUrl(text, ['rtmp:', 'rtmps:', 'http:', 'https:', 'rtsp:', 'rtsps:', 'srt:']), {
    error: 'must be a URL of rtmp, rtmps, http, https, rtsp, rtsps or srt',
  })
  .refine((text) => !/^srt:.*[?&]mode=(listener|rendezvous)/i.test(text), {
    error: 'must call the other server: leave mode= out',
  });

/** A stream that is fetched from another server, and enters as a publisher's does. */
export const pull = z
  .strictObject({
    name,
    tags,
    match: match.describe('The stream that it becomes; a pattern only where `mode` is `lazy`'),
    enabled: z.boolean().default(true),
    sources: z
      .array(z.strictObject({ url: sourceUrl }))
      .min(1, { error: 'names no source' })
      .max(8)
      .describe(
        'The first is taken as long as it gives something, else the next; `{app}` and `{stream}` are filled in',
      ),
    mode: z
      .enum(['always', 'lazy'])
      .default('always')
      .describe('`lazy` begins with the first viewer, and ends some time after the last one'),
    as: z
      .enum(['main', 'backup'])
      .default('main')
      .describe('`backup`: it stands by for the encoder of the stream, which takes turns with it by the rule'),
    lingerSeconds: seconds(30, 3600).describe('How long a lazy pull goes on without viewers'),
    maxStreams: z.int().min(1).max(1000).default(20).describe('Streams that a lazy pull of a pattern has at once'),
    ...window,
  })
  .refine(({ mode, match: { domain, app, stream } }) => mode === 'lazy' || !`${domain}${app}${stream}`.includes('*'), {
    error: 'must name one stream, without *; only a lazy pull can be of many',
    path: ['match'],
  })
  .refine(isForward, { error: 'is not after startTime', path: ['endTime'] });

const destination = z.strictObject({
  name: name.describe('Names the destination'),
  url: z
    .string()
    .max(2048)
    .refine((text) => isUrl(text, ['rtmp:', 'rtmps:']), {
      error: 'must be the URL of an RTMP server with its app, such as rtmp://live.example.com/app',
    })
    .describe('The server and its app, without the stream'),
  key: z
    .string()
    .min(1)
    .max(2048)
    .regex(/^[^\s]+$/, { error: 'has a blank' })
    .describe('The name of the stream there, with what is signed: the stream key'),
});

/** Streams that are pushed on to other servers. */
export const transfer = z
  .strictObject({
    name,
    tags,
    match: match.describe('Which streams'),
    enabled: z.boolean().default(true),
    destinations: z
      .array(destination)
      .min(1, { error: 'names no destination' })
      .max(8)
      .refine((each) => new Set(each.map(({ name }) => name)).size === each.length, { error: 'has a name twice' })
      .describe('`{app}` and `{stream}` are filled in'),
    ...window,
  })
  .refine(isForward, { error: 'is not after startTime', path: ['endTime'] });

function isUrl(text: string, protocols: readonly string[]): boolean {
  const url = /^\S+$/.test(text) && URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && protocols.includes(url.protocol) && url.hostname !== '';
}

function isForward({ startTime, endTime }: { readonly startTime: string; readonly endTime: string }): boolean {
  return startTime === '' || endTime === '' || Date.parse(startTime) < Date.parse(endTime);
}
