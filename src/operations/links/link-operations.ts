import { z } from 'zod';
import type { Access } from '../../access/index.ts';
import type { StreamId } from '../../live/index.ts';
import type { CompiledRules, DomainRule } from '../../rules/index.ts';
import { type Call, notFound, type Operation, operation } from '../base/index.ts';
import { explainUrl } from './explain-url.ts';
import type { ServerFacts } from './explanation.ts';
import { authOfSide, type Signing, signed, signStreamUrl } from './sign-url.ts';
import { readStreamUrl, type StreamUrl } from './stream-url.ts';

/** What the operations on URLs need. */
export type LinkDoor = {
  readonly rules: () => CompiledRules;
  readonly access: Pick<Access, 'explain'>;
  /** Unix time. */
  readonly nowMs: () => number;
  /** Without a signature. */
  readonly playUrls: (id: StreamId) => {
    readonly flv: string;
    readonly hls: string;
    readonly rtmp: string;
    readonly page: string;
  };
  /** Where the domain is pushed to, without the app: `rtmp://push.example.com`. */
  readonly pushOrigin: (domain: DomainRule) => string;
  /** What the server knows of the URL's stream and port. */
  readonly factsOf: (url: StreamUrl) => ServerFacts;
};

const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$/, { error: 'must be letters, digits, _ and -' });
const app = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,254}(\/[A-Za-z0-9][A-Za-z0-9_-]{0,254}){0,3}$/, {
  error: 'must be one to four names of letters, digits, _ and -, with / between',
});
const url = z.string().min(1).max(4000);
const kind = z.enum(['push', 'play']);

const how = {
  kind: kind.optional().describe('An RTMP URL is for pushing where neither this nor its host says otherwise'),
  expiresInSeconds: z.int().min(1).max(315_360_000).optional().describe("The rule's own validity where it is left out"),
  uid: z.string().min(1).max(128).optional().describe('Whom it is for; revocations and limits go by it'),
  key: z.enum(['main', 'backup']).default('main'),
};
const toSign = z.union([
  z.strictObject({ url, ...how }),
  z.strictObject({ domain: z.string().min(1).max(255).default('default'), app, stream: name, ...how, kind }),
]);

const links = z.strictObject({
  kind,
  isSigned: z.boolean().describe('False where the domain lets everybody in'),
  expiresAt: z.iso.datetime().optional(),
  urls: z
    .strictObject({
      url: z.string(),
      push: z.string(),
      flv: z.string(),
      hls: z.string(),
      rtmp: z.string(),
      page: z.string(),
    })
    .partial()
    .describe('`url` of a URL that was given, `push` for pushing, the others for playing'),
  obs: z
    .strictObject({ server: z.string(), streamKey: z.string() })
    .optional()
    .describe('What OBS is given for pushing'),
});

const report = z
  .strictObject({
    steps: z.array(z.strictObject({ name: z.string(), status: z.enum(['pass', 'fail', 'note']), detail: z.string() })),
    verdict: z.strictObject({ ok: z.boolean(), code: z.string(), sentence: z.string() }),
    remedy: z.string(),
  })
  .meta({ id: 'Explanation' });

/** URLs of streams: signed ones, and what becomes of one. */
export function linkOperations(door: LinkDoor): readonly Operation[] {
  return [
    operation({
      ...{ name: 'signUrl', area: 'URLs', method: 'post', path: '/sign', action: 'anyone' },
      summary: 'URLs with a valid signature, to push or to play',
      description: 'For pushing the caller needs streams:push-urls, for playing play-tokens:issue.',
      body: toSign,
      answer: links,
      run: (call) => sign(door, call),
    }),
    operation({
      ...{ name: 'explainUrl', area: 'URLs', method: 'post', path: '/explain', action: 'streams:read' },
      summary: 'What becomes of a URL and why: every step, one verdict, one remedy',
      body: z.strictObject({
        url,
        kind: kind.optional(),
        address: z.union([z.ipv4(), z.ipv6()]).default('127.0.0.1').describe('Of the client'),
        referer: z.string().max(2000).optional(),
        userAgent: z.string().max(2000).optional(),
      }),
      answer: report,
      run: ({ body, require }) =>
        explainUrl(body.url, {
          ...{ rules: door.rules(), side: sideOf(body.kind) },
          client: { address: body.address, referer: body.referer, userAgent: body.userAgent },
          look: async (found) => {
            require({ kind: 'app', domain: found.domain.name, app: found.app });
            const explain = (request: Parameters<Access['explain']>[0]) => door.access.explain(request);
            return { server: door.factsOf(found), explain, machineMs: door.nowMs() };
          },
        }),
    }),
  ];
}

const sideOf = (of: z.output<typeof kind> | undefined) => of && (of === 'push' ? 'publish' : 'play');

function sign(door: LinkDoor, call: Call<unknown, unknown, z.output<typeof toSign>>): z.input<typeof links> {
  const { body } = call;
  const nowMs = door.nowMs();
  const signing: Signing = {
    ...{ nowMs, keyName: body.key },
    ...(body.expiresInSeconds === undefined ? {} : { expiresInSeconds: body.expiresInSeconds }),
    ...(body.uid === undefined ? {} : { uid: body.uid }),
  };
  if (!('url' in body)) return signNamed(door, call, body, signing);
  const side = sideOf(body.kind);
  const read = readStreamUrl(body.url, door.rules(), side);
  allow(call, read.side, { domain: read.domain.name, app: read.app, stream: read.stream });
  const { url, isSigned, seconds } = signStreamUrl(body.url, door.rules(), { ...signing, side });
  return { kind: read.side === 'publish' ? 'push' : 'play', ...until(isSigned, nowMs, seconds), urls: { url } };
}

type Named = { readonly kind: 'push' | 'play'; readonly domain: string; readonly app: string; readonly stream: string };

function signNamed(door: LinkDoor, call: Call, { kind, ...named }: Named, signing: Signing): z.input<typeof links> {
  const side = kind === 'push' ? 'publish' : 'play';
  allow(call, side, named);
  const domain = door.rules().domain(named.domain);
  if (domain === undefined) {
    throw notFound('DOMAIN_NOT_FOUND', `no domain is called ${named.domain}`, 'List the domains.');
  }
  const auth = authOfSide(domain, side);
  const rest = until(auth.type !== 'no_auth', signing.nowMs, signing.expiresInSeconds ?? auth.validitySeconds);
  const make = (url: string) => signed(url, auth, signing);
  if (kind === 'push') {
    const push = make(`${door.pushOrigin(domain)}/${named.app}/${named.stream}`);
    const cut = push.indexOf(`/${named.stream}`, push.indexOf('://') + 3 + named.app.length);
    return { kind, ...rest, urls: { push }, obs: { server: push.slice(0, cut), streamKey: push.slice(cut + 1) } };
  }
  const plain = door.playUrls({ domain: domain.name, app: named.app, name: named.stream });
  const [flv, hls, rtmp] = [make(plain.flv), make(plain.hls), make(plain.rtmp)];
  const page = `${plain.page}?flv=${encodeURIComponent(flv)}&hls=${encodeURIComponent(hls)}`;
  return { kind, ...rest, urls: { flv, hls, rtmp, page: rest.isSigned ? page : plain.page } };
}

function until(isSigned: boolean, nowMs: number, seconds: number) {
  return { isSigned, ...(isSigned ? { expiresAt: new Date(nowMs + seconds * 1000).toISOString() } : {}) };
}

/** A URL is a way in: who gave which is written down. */
function allow(call: Call, side: 'publish' | 'play', { domain, app, stream }: Omit<Named, 'kind'>): void {
  const resource = { kind: 'app', domain, app } as const;
  const action = side === 'publish' ? 'streams:push-urls' : 'play-tokens:issue';
  call.require(resource, action);
  call.done(resource, { stream }, action);
}
