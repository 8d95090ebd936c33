import { isIP } from 'node:net';
import { aliasesOf } from './aliases.ts';
import { matchesPattern } from './match.ts';
import type { DomainRule, Rules } from './schema.ts';
import { domainsWithSharedNames } from './shared-object-names.ts';

/** One way in which the server is less safe than it could be. */
export type Finding = {
  /** For metrics and tests; never changes. */
  readonly code: PostureCode;
  /** What is so. Names rules, never secrets. */
  readonly sentence: string;
  /** What to do about it. */
  readonly remedy: string;
};

export type PostureCode =
  | 'PLAY_OPEN'
  | 'PUSH_OPEN'
  | 'PLAIN_HTTP'
  | 'CONTROL_PLAIN_HTTP'
  | 'METRICS_OPEN'
  | 'UNSIGNED_CALLBACK'
  | 'CLEAR_DOOR'
  | 'SHARED_KEY'
  | 'SHORT_KEY'
  | 'OLD_KEY'
  | 'SHARED_NAMES'
  | 'CERTIFICATE_EXPIRED'
  | 'CERTIFICATE_EXPIRES_3'
  | 'CERTIFICATE_EXPIRES_14'
  | 'CERTIFICATE_EXPIRES_30'
  | 'NO_DATABASE';

/** The part of the configuration that says who can reach the server. */
export type PostureConfig = {
  readonly rtmp: { readonly host: string };
  readonly playback: { readonly host: string };
  readonly control: { readonly host: string };
  readonly metrics: { readonly host: string; readonly port: number; readonly bearerToken: string | null };
  readonly tls: { readonly certFile: string | null; readonly certificates: readonly unknown[] };
  readonly trustedProxies: readonly string[];
  readonly databaseUrl: string | null;
};

export type PostureFacts = {
  /** What the server runs on; without it, `databaseUrl` decides between `given` and `none`. */
  readonly database?: 'given' | 'embedded' | 'none';
  /** Days since each key came into the rules, as far as it is known. */
  readonly keyAgeDays?: (key: string) => number | undefined;
  /** The certificates of the TLS doors. */
  readonly certificates?:
    | (() => readonly { readonly names: readonly string[]; readonly expiresAtMs: number }[])
    | undefined;
  /** Unix time. */
  readonly nowMs?: number;
};

/** Shorter keys can be guessed. */
const SHORT_KEY_LENGTH = 16;
export const OLD_KEY_DAYS = 365;

/** True when only this machine can reach a listener on `host`. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, '');
  if (name === 'localhost' || name === '::1') return true;
  const v4 = name.replace(/^::ffff:/, '');
  return isIP(v4) === 4 && v4.startsWith('127.');
}

const list = (names: readonly string[]) => [...new Set(names)].join(', ');

function finding(code: PostureCode, named: readonly string[], sentence: string, remedy: string): Finding[] {
  return named.length === 0 ? [] : [{ code, sentence: sentence.replace('%', list(named)), remedy }];
}

function openDomains(domains: readonly DomainRule[], side: 'push' | 'play'): string[] {
  const open = domains.filter(({ [side]: { auth, remoteAuth, ip } }) => {
    const isListed = ip.mode === 'allow' && ip.list.length > 0;
    return auth.type === 'no_auth' && remoteAuth === undefined && !isListed;
  });
  return open.map(({ name }) => name);
}

function access(rules: Rules, config: PostureConfig): Finding[] {
  const play = isLoopback(config.playback.host) ? [] : openDomains(rules.domains, 'play');
  const push = isLoopback(config.rtmp.host) ? [] : openDomains(rules.domains, 'push');
  return [
    ...finding(
      'PUSH_OPEN',
      push,
      'Anyone who reaches the RTMP port may publish. Domains: %.',
      'Set push.auth to type_a with a key, or restrict push.ip.',
    ),
    ...finding(
      'PLAY_OPEN',
      play,
      'Anyone who reaches the playback port may watch. Domains: %.',
      'Set play.auth to type_a with a key, or let playback listen on 127.0.0.1 only.',
    ),
  ];
}

function transport(config: PostureConfig, { certificates }: PostureFacts): Finding[] {
  const isEncrypted =
    config.tls.certFile !== null ||
    config.tls.certificates.length > 0 ||
    config.trustedProxies.length > 0 ||
    (certificates?.() ?? []).length > 0;
  const wide = (host: string) => (isLoopback(host) ? [] : [host]);
  const metrics = config.metrics.port === 0 || config.metrics.bearerToken !== null ? [] : wide(config.metrics.host);
  return [
    ...finding(
      'PLAIN_HTTP',
      isEncrypted ? [] : wide(config.playback.host),
      'Playback on % is plain HTTP: signed URLs can be read on the way.',
      'Upload or order a certificate, set tls.certFile and tls.keyFile, or put an HTTPS proxy in front and name it in trustedProxies.',
    ),
    ...finding(
      'CONTROL_PLAIN_HTTP',
      wide(config.control.host),
      'The console and the API on % are plain HTTP: passwords can be read on the way.',
      'Set control.host to 127.0.0.1 and reach it through an HTTPS proxy or an SSH tunnel.',
    ),
    ...finding(
      'METRICS_OPEN',
      metrics,
      'Anyone who reaches % may read the metrics.',
      'Set metrics.bearerToken, or metrics.host to 127.0.0.1.',
    ),
  ];
}

/** A key and the places that use it; `owner` is the place's side of one domain, or the stream key. */
export type KeyUse = { readonly key: string; readonly owner: string };

/** Every place that uses a key. */
export function keyUses(rules: Rules): KeyUse[] {
  const ofDomain = (domain: DomainRule, side: 'push' | 'play') =>
    [domain[side].auth.key1, domain[side].auth.key2].flatMap((key) =>
      key === undefined ? [] : [{ key, owner: `${domain.name} (${side})` }],
    );
  return [
    ...rules.domains.flatMap((domain) => [
      ...ofDomain(domain, 'push'),
      ...ofDomain(domain, 'play'),
      ...aliasesOf(domain).flatMap(({ name, key }) => (key === undefined ? [] : [{ key, owner: `alias ${name}` }])),
    ]),
    ...rules.streamKeys.map(({ id, key }) => ({ key, owner: `stream key ${id}` })),
    ...[...rules.callbacks, ...rules.mediaCallbacks].flatMap(({ id, key }) =>
      key === undefined ? [] : [{ key, owner: `callback ${id}` }],
    ),
    ...rules.streams.flatMap(({ match, snapshot }) => {
      const hook = snapshot?.moderation;
      if (typeof hook !== 'object' || hook.key === undefined) return [];
      return [{ key: hook.key, owner: `moderation of ${match.domain}/${match.app}/${match.stream}` }];
    }),
  ];
}

/** Every key that the rules have. */
export function keysOf(rules: Rules): readonly string[] {
  return [...new Set(keyUses(rules).map(({ key }) => key))];
}

function keys(rules: Rules, { keyAgeDays = () => undefined }: PostureFacts): Finding[] {
  const uses = keyUses(rules);
  const old = uses.filter(({ key }) => (keyAgeDays(key) ?? 0) > OLD_KEY_DAYS).map(({ owner }) => owner);
  const owners = new Map<string, Set<string>>();
  for (const { key, owner } of uses) owners.set(key, (owners.get(key) ?? new Set()).add(owner));
  const short = uses.filter(({ key }) => key.length < SHORT_KEY_LENGTH).map(({ owner }) => owner);
  const shared = [...owners.values()].filter((each) => each.size > 1).flatMap((each) => [...each]);
  return [
    ...finding(
      'SHARED_KEY',
      shared,
      'One key is used in more than one place: %. Who has it for one has it for all.',
      'Give each of them a key of its own; key1 and key2 let you change it without a gap.',
    ),
    ...finding(
      'SHORT_KEY',
      short,
      `Keys shorter than ${SHORT_KEY_LENGTH} characters can be guessed: %.`,
      'Replace them by random keys of 16 to 32 characters.',
    ),
    ...finding(
      'OLD_KEY',
      old,
      `Keys have been the same for more than ${OLD_KEY_DAYS} days: %.`,
      'Replace them; key1 and key2 let you do it without a gap.',
    ),
  ];
}

function callbacks(rules: Rules): Finding[] {
  const hooks = rules.streams.flatMap(({ match, snapshot }) => {
    const hook = snapshot?.moderation;
    if (typeof hook !== 'object' || hook.key !== undefined) return [];
    return [`moderation of ${match.domain}/${match.app}/${match.stream}`];
  });
  const endpoints = [...rules.callbacks, ...rules.mediaCallbacks.filter(({ enabled }) => enabled)];
  const unsigned = [...endpoints.filter(({ key }) => key === undefined).map(({ id }) => id), ...hooks];
  return finding(
    'UNSIGNED_CALLBACK',
    unsigned,
    'Callbacks are not signed, so anyone can send the same to their receivers: %.',
    'Set a key for each and check the signature where they arrive.',
  );
}

/** Streams that HLS encrypts and other doors give to the same viewers in the clear. */
function encryption(rules: Rules): Finding[] {
  const encrypted = rules.streams.filter(({ encryption: rule }) => rule?.method === 'aes-128');
  const open = rules.domains.filter(({ name, play }) => {
    const hasOtherDoors = play.protocols.some((protocol) => protocol !== 'hls');
    return hasOtherDoors && encrypted.some(({ match }) => matchesPattern(match.domain.toLowerCase(), name));
  });
  return finding(
    'CLEAR_DOOR',
    open.map(({ name }) => name),
    'Streams that are encrypted for HLS can be had in the clear by FLV or RTMP in: %.',
    'Set play.protocols to [hls] there, if nobody shall have them in the clear.',
  );
}

function objectNames(rules: Rules): Finding[] {
  return finding(
    'SHARED_NAMES',
    domainsWithSharedNames(rules),
    'Where streams of these domains have the same app and name, their recordings or pictures get the same names: %.',
    'Put {DomainName} into object, sliceObject, overwrite and sequence, or name another storage for one of the domains.',
  );
}

function storage(config: PostureConfig, { database }: PostureFacts): Finding[] {
  const running = database ?? (config.databaseUrl === null ? 'none' : 'given');
  return finding(
    'NO_DATABASE',
    running === 'none' ? ['none'] : [],
    'There is no database: callbacks, sessions and rules are kept on this machine only.',
    'Set databaseUrl (DATABASE_URL) to a PostgreSQL server.',
  );
}

const DAY_MS = 86_400_000;
const EXPIRIES = [
  ['CERTIFICATE_EXPIRED', 0, 'Certificates have expired, and viewers refuse them: %.'],
  ['CERTIFICATE_EXPIRES_3', 3, 'Certificates expire within three days: %.'],
  ['CERTIFICATE_EXPIRES_14', 14, 'Certificates expire within two weeks: %.'],
  ['CERTIFICATE_EXPIRES_30', 30, 'Certificates expire within a month: %.'],
] as const;

/** Each certificate under the most urgent of these. */
function expiries({ certificates, nowMs = 0 }: PostureFacts): Finding[] {
  const left = (certificates?.() ?? []).map(({ names, expiresAtMs }) => ({
    name: names.join(' '),
    days: (expiresAtMs - nowMs) / DAY_MS,
  }));
  return EXPIRIES.flatMap(([code, days, sentence], index) => {
    const above = EXPIRIES[index - 1]?.[1] ?? Number.NEGATIVE_INFINITY;
    const named = left.filter((each) => each.days <= days && each.days > above).map(({ name }) => name);
    return finding(code, named, sentence, 'Renew them, and upload them or replace their files.');
  });
}

/** What an operator should know about the safety of these rules under this configuration; empty when all is well. */
export function posture(rules: Rules, config: PostureConfig, facts: PostureFacts = {}): Finding[] {
  return [
    ...access(rules, config),
    ...transport(config, facts),
    ...keys(rules, facts),
    ...callbacks(rules),
    ...encryption(rules),
    ...objectNames(rules),
    ...expiries(facts),
    ...storage(config, facts),
  ];
}
