import { z } from 'zod';
import { signUrl } from '../access/index.ts';
import type { Resource } from '../identity/index.ts';
import type { CompiledRules, DomainRule } from '../rules/index.ts';
import type { Asset } from '../vod/index.ts';
import type { AssetPlay, PlayGrant, PlaySource, ShelvedAsset } from '../vod/play/index.ts';
import { type Call, notFound, type Operation, operation } from './base/index.ts';
import { isoOf, line, time } from './schemas.ts';

/** What the operations on playing assets need. */
export type PlayDoor = {
  readonly play: AssetPlay;
  /** What an asset belongs to, for rights. */
  readonly resourceOf: (asset: Asset) => Promise<Resource>;
  readonly rules: () => CompiledRules;
  /** Where viewers of a playback domain are answered: `https://play.example.com`. */
  readonly originOf: (domain: string) => string;
  readonly nowMs: () => number;
};

const assetId = z.string().regex(/^[0-9a-f]{32}$/, { error: 'must be the id of an asset: 32 hexadecimal digits' });
export const assetParams = z.strictObject({ id: assetId });
const viewer = line(128).default('').describe('Whom it is for, in your own words; revocations go by it');
const domainName = z.string().min(1).max(255).default('default').describe('The playback domain');
const bounds = {
  address: z.union([z.ipv4(), z.ipv6()]).optional().describe('Good from this address only'),
  previewSeconds: z.coerce.number().min(1).max(86_400).optional().describe('So much of the beginning only, as HLS'),
};

const playAuth = z
  .strictObject({
    playAuth: z.string().describe('For `play_auth` in the address of the page or of play.json'),
    expiresAt: time,
    pageUrl: z.string(),
    infoUrl: z.string().describe('play.json, what a player of your own begins with'),
    asset: z.strictObject({
      id: z.string(),
      title: z.string(),
      status: z.string(),
      coverUrl: z.string().exactOptional(),
      durationSeconds: z.number().exactOptional(),
    }),
  })
  .meta({ id: 'PlayAuth' });

const playInfo = z
  .strictObject({
    asset: z.string(),
    title: z.string(),
    status: z.string(),
    durationSeconds: z.number().exactOptional(),
    coverUrl: z.string().exactOptional(),
    pageUrl: z.string(),
    expiresAt: time.exactOptional().describe('Left out where the addresses are good for ever'),
    sources: z.array(
      z.strictObject({
        kind: z.enum(['hls', 'dash', 'file']),
        url: z.string(),
        format: z.string(),
        definition: z.string(),
        width: z.int().exactOptional(),
        height: z.int().exactOptional(),
        fps: z.number().exactOptional(),
        bitsPerSecond: z.number().exactOptional(),
        sizeBytes: z.int().exactOptional(),
        durationSeconds: z.number().exactOptional(),
        encryption: z.string().exactOptional(),
        job: z.string().exactOptional(),
        jobOutput: z.int().exactOptional(),
      }),
    ),
    captions: z.array(z.strictObject({ url: z.string(), language: z.string(), label: z.string() })),
    thumbnailsUrl: z.string().exactOptional(),
  })
  .meta({ id: 'PlayInfo' });

const words = (text: string) => text.split(',').map((each) => each.trim());
export const infoQuery = z.strictObject({
  domain: domainName,
  formats: z.string().transform(words).optional().describe('Such as `mp4,m3u8`; all where it is left out'),
  definitions: z.string().transform(words).optional().describe('Such as `SD,HD`'),
  expiresInSeconds: z.coerce.number().int().min(60).max(2_592_000).default(3600),
  viewer,
  ...bounds,
});

/** Playing assets: what there is to play, tokens for viewers, and their end. */
export function playOperations(door: PlayDoor): readonly Operation[] {
  const one = { area: 'Playback of assets', path: '/assets/{id}/play-info' } as const;
  const tokens = {
    area: 'Playback of assets',
    path: '/assets/{id}/play-auths',
    action: 'play-tokens:issue',
  } as const;
  return [
    operation({
      ...{ name: 'getPlayInfo', method: 'get', action: 'assets:read', ...one },
      summary: 'What of an asset can be played, with addresses that let their holder in for a while',
      params: assetParams,
      query: infoQuery,
      answer: playInfo,
      run: async (call) => {
        const shelved = await lookAt(door, call);
        return shownInfo(door, shelved, call.query);
      },
    }),
    operation({
      ...{ name: 'createPlayAuth', method: 'post', ...tokens },
      summary: 'A token by which a viewer opens an asset: short-lived, bound, and good for what is not published, too',
      params: assetParams,
      body: z.strictObject({
        viewer,
        expiresInSeconds: z.int().min(100).max(3000).default(100),
        domain: domainName,
        onlyThisDomain: z.boolean().default(false).describe('Good on that domain only'),
        ...bounds,
      }),
      answer: playAuth,
      status: 201,
      run: async (call) => {
        const { asset, resource } = await lookAt(door, call);
        const { onlyThisDomain, domain, ...wanted } = call.body;
        const bound = onlyThisDomain ? { domain } : {};
        const { token, grant } = await door.play.issue({ asset: asset.id, ...wanted, ...bound });
        call.done(resource, { asset: asset.id, viewer: wanted.viewer });
        return shownAuth(`${door.originOf(domain)}/vod/${asset.id}`, token, grant, asset);
      },
    }),
    operation({
      ...{ name: 'revokePlayAuths', method: 'delete', ...tokens },
      summary: 'Ends all that was opened until now by tokens of an asset, of all viewers or of one',
      params: assetParams,
      query: z.strictObject({ viewer: viewer.describe('Only what is for him; all where it is left out') }),
      answer: z.strictObject({ issuedUpTo: time.describe('What was issued until then is worth nothing') }),
      run: async (call) => {
        const { asset, resource } = await lookAt(door, call);
        const upTo = await door.play.revoke(asset.id, call.query.viewer);
        call.done(resource, { asset: asset.id, viewer: call.query.viewer });
        return { issuedUpTo: upTo.toISOString() };
      },
    }),
  ];
}

/** As it is now; whoever opens it next on this node sees no less. */
export async function lookAt(
  { play, resourceOf }: PlayDoor,
  { params, require }: Pick<Call<z.output<typeof assetParams>>, 'params' | 'require'>,
): Promise<ShelvedAsset & { readonly resource: Resource }> {
  play.forget(params.id);
  const shelved = await play.look(params.id);
  const resource = await resourceOf(shelved.asset);
  require(resource);
  return { ...shelved, resource };
}

function shownAuth(page: string, token: string, grant: PlayGrant, asset: Asset): z.input<typeof playAuth> {
  const { id, title, status, coverUrl, durationSeconds } = asset;
  return {
    playAuth: token,
    expiresAt: isoOf(grant.expiresAtMs),
    pageUrl: `${page}?play_auth=${token}`,
    infoUrl: `${page}/play.json?play_auth=${token}`,
    asset: {
      ...{ id, title, status },
      ...(coverUrl === undefined ? {} : { coverUrl }),
      ...(durationSeconds === undefined ? {} : { durationSeconds }),
    },
  };
}

function shownInfo(door: PlayDoor, shelved: ShelvedAsset, query: z.output<typeof infoQuery>): z.input<typeof playInfo> {
  const { formats, definitions, previewSeconds } = query;
  const { asset } = shelved;
  const info = door.play.info(shelved, previewSeconds);
  const { uriOf, expiresAtMs, pageUrl } = addressesOf(door, asset, query);
  const isWanted = ({ format, definition }: PlaySource) =>
    (formats?.includes(format) ?? true) && (definitions?.includes(definition) ?? true);
  const { durationSeconds, coverUrl } = asset;
  const cover = info.coverPath === undefined ? coverUrl : uriOf(info.coverPath);
  return {
    ...{ asset: asset.id, title: asset.title, status: asset.status, pageUrl },
    ...(durationSeconds === undefined ? {} : { durationSeconds }),
    ...(cover === undefined ? {} : { coverUrl: cover }),
    ...(expiresAtMs === undefined ? {} : { expiresAt: isoOf(expiresAtMs) }),
    sources: info.sources.filter(isWanted).map((source) => shownSource(source, uriOf)),
    captions: info.captions.map(({ path, ...caption }) => ({ ...caption, url: uriOf(path) })),
    ...(info.thumbnailsPath === undefined ? {} : { thumbnailsUrl: uriOf(info.thumbnailsPath) }),
  };
}

/** Plain where the domain lets everybody in, signed as it wants it, or with a token where more is to be said. */
export function addressesOf(door: PlayDoor, asset: Asset, query: z.output<typeof infoQuery>) {
  const { viewer: uid, address, previewSeconds, expiresInSeconds } = query;
  const rule = domainOf(door, query.domain);
  const base = `${door.originOf(rule.name)}/vod/${asset.id}`;
  const nowMs = door.nowMs();
  const expiresAtMs = nowMs + expiresInSeconds * 1000;
  const needsToken = asset.publication !== 'published' || address !== undefined || previewSeconds !== undefined;
  if (needsToken) {
    const grant: PlayGrant = {
      ...{ kind: 'session', asset: asset.id, viewer: uid, issuedAtMs: nowMs, expiresAtMs },
      ...{ address, previewSeconds, domain: undefined },
    };
    const token = door.play.session(grant, expiresInSeconds);
    const auth = door.play.tokens.issue({ ...grant, kind: 'auth' });
    return { uriOf: (path: string) => `${base}/~${token}/${path}`, expiresAtMs, pageUrl: `${base}?play_auth=${auth}` };
  }
  const { auth } = rule.play;
  if (auth.type === 'no_auth') return { uriOf: (path: string) => `${base}/${path}`, pageUrl: base };
  const sign = (url: string) => signUrl(url, auth, { nowMs, expiresInSeconds, ...(uid === '' ? {} : { uid }) });
  const opened = door.play.tokens.issue({ kind: 'auth', asset: asset.id, viewer: uid, issuedAtMs: nowMs, expiresAtMs });
  return {
    uriOf: (path: string) => sign(`${base}/${path}`),
    expiresAtMs,
    pageUrl: `${base}?play_auth=${opened}`,
  };
}

function domainOf({ rules }: PlayDoor, name: string): DomainRule {
  const found = rules().rules.domains.find((domain) => domain.name === name);
  if (!found) throw notFound('DOMAIN_NOT_FOUND', 'there is no such playback domain', 'Take one of the rules.');
  return found;
}

function shownSource({ kind, path, format, definition, file }: PlaySource, uriOf: (path: string) => string) {
  const { width, height, fps, bitsPerSecond, sizeBytes, durationSeconds } = file ?? {};
  const { encryption, job, jobOutput } = file ?? {};
  const figures = { width, height, fps, bitsPerSecond, sizeBytes, durationSeconds };
  const facts = Object.entries({ ...figures, encryption, job, jobOutput });
  return {
    ...{ kind, url: uriOf(path), format, definition },
    ...Object.fromEntries(facts.filter(([, value]) => value !== undefined)),
  };
}
