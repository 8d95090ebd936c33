import { isIP } from 'node:net';
import type { DomainRule, Rules } from './schema.ts';

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
  | 'SHARED_KEY'
  | 'SHORT_KEY'
  | 'OLD_KEY'
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
};

/** Shorter keys can be guessed. */
const SHORT_KEY_LENGTH = 16;
const OLD_KEY_DAYS = 365;

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
      'Anyone who reaches the RTMP port may publish to: %.',
      'Set push.auth to type_a with a key, or restrict push.ip.',
    ),
    ...finding(
      'PLAY_OPEN',
      play,
      'Anyone who reaches the playback port may watch: %.',
      'Set play.auth to type_a with a key, or let playback listen on 127.0.0.1 only.',
    ),
  ];
}

function transport(config: PostureConfig): Finding[] {
  const isEncrypted =
    config.tls.certFile !== null || config.tls.certificates.length > 0 || config.trustedProxies.length > 0;
  const wide = (host: string) => (isLoopback(host) ? [] : [host]);
  const metrics = config.metrics.port === 0 || config.metrics.bearerToken !== null ? [] : wide(config.metrics.host);
  return [
    ...finding(
      'PLAIN_HTTP',
      isEncrypted ? [] : wide(config.playback.host),
      'Playback on % is plain HTTP: signed URLs can be read on the way.',
      'Set tls.certFile and tls.keyFile, or put an HTTPS proxy in front and name it in trustedProxies.',
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
type KeyUse = { readonly key: string; readonly owner: string };

function keyUses(rules: Rules): KeyUse[] {
  const ofDomain = (domain: DomainRule, side: 'push' | 'play') =>
    [domain[side].auth.key1, domain[side].auth.key2].flatMap((key) =>
      key === undefined ? [] : [{ key, owner: `${domain.name} (${side})` }],
    );
  return [
    ...rules.domains.flatMap((domain) => [...ofDomain(domain, 'push'), ...ofDomain(domain, 'play')]),
    ...rules.streamKeys.map(({ id, key }) => ({ key, owner: `stream key ${id}` })),
    ...rules.callbacks.flatMap(({ id, key }) => (key === undefined ? [] : [{ key, owner: `callback ${id}` }])),
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
  const unsigned = rules.callbacks.filter(({ key }) => key === undefined).map(({ id }) => id);
  return finding(
    'UNSIGNED_CALLBACK',
    unsigned,
    'Callbacks are not signed, so anyone can send the same to their receivers: %.',
    'Set a key for each and check the signature where they arrive.',
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

/** What an operator should know about the safety of these rules under this configuration; empty when all is well. */
export function posture(rules: Rules, config: PostureConfig, facts: PostureFacts = {}): Finding[] {
  return [
    ...access(rules, config),
    ...transport(config),
    ...keys(rules, facts),
    ...callbacks(rules),
    ...storage(config, facts),
  ];
}
