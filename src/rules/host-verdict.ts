import { type Alias, isOver } from './aliases.ts';
import type { HostUse } from './host-index.ts';
import type { DomainRule } from './schema.ts';

/** A host that may not be used for what it was used for. */
export type HostRefusal = {
  readonly domain?: undefined;
  readonly code: 'UNKNOWN_HOST' | 'PLAY_HOST' | 'INGEST_HOST' | 'ALIAS_OVER';
  readonly reason: string;
  readonly remedy: string;
};

/** Where a host leads, or why it leads nowhere. */
export type HostVerdict = { readonly domain: DomainRule; readonly alias?: Alias } | HostRefusal;

const UNKNOWN: HostRefusal = {
  code: 'UNKNOWN_HOST',
  reason: 'no domain is configured for this host name',
  remedy: 'Add the host name to a domain in the rules, or set unknownHosts to default.',
};

/** A domain with ingest hosts of its own is pushed to through those; its other hosts are for playing. */
export function ingestVerdict(use: HostUse | undefined, other: DomainRule | undefined, nowMs: number): HostVerdict {
  if (use?.as !== 'playback' || use.domain.ingest.length === 0 || use.domain.name === 'default') {
    return verdictOf(use, other, nowMs);
  }
  const hosts = use.domain.ingest.join(', ');
  return {
    code: 'PLAY_HOST',
    reason: 'this host name is for playing only',
    remedy: `Push to ${hosts}, or add this host name to the domain's ingest hosts.`,
  };
}

/** A host that only encoders use plays nothing. */
export function playbackVerdict(
  use: HostUse | undefined,
  ingest: HostUse | undefined,
  other: DomainRule | undefined,
  nowMs: number,
): HostVerdict {
  const isForEncoders = use === undefined && ingest !== undefined && ingest.pattern !== '*';
  if (!isForEncoders || ingest.domain.name === 'default') return verdictOf(use, other, nowMs);
  return {
    code: 'INGEST_HOST',
    reason: 'this host name is for pushing only',
    remedy: `Play from ${ingest.domain.name}, or add this host name to the domain's aliases.`,
  };
}

/** By the host alone, whatever it is used for. */
export function verdictOf(use: HostUse | undefined, other: DomainRule | undefined, nowMs: number): HostVerdict {
  if (use === undefined) return other === undefined ? UNKNOWN : { domain: other };
  const { alias } = use;
  if (alias === undefined || !isOver(alias, nowMs)) return use;
  return {
    code: 'ALIAS_OVER',
    reason: `this host name was an alias until ${alias.until}`,
    remedy: `Use ${use.domain.name}, or give the alias a later date in the rules.`,
  };
}
