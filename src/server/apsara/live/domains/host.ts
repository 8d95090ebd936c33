import type { Ask } from '../../../../operations/index.ts';
import type { DomainRule } from '../../../../rules/index.ts';
import { hasStatus, isNotFound } from '../../base/index.ts';
import { noDomain } from './names.ts';

/** A domain of ApsaraVideo's: a domain here, or a host of one. */
export type Host = {
  readonly host: string;
  readonly use: 'playback' | 'ingest';
  /** The domain that has its settings. */
  readonly domain: string;
  /** False for a push domain that is mapped and for a sub-streaming domain. */
  readonly isDomain: boolean;
  readonly enabled: boolean;
  readonly firstSeenAt?: string;
  readonly modifiedAt?: string;
  readonly region: string;
  readonly scope: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
};

export type Domain = Omit<DomainRule, 'tags'> & {
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly origin: 'api' | 'file';
};

/** Which half of a domain's settings a push or a streaming domain has. */
export type Side = 'push' | 'play';
export const sideOf = ({ use }: Pick<Host, 'use'>): Side => (use === 'ingest' ? 'push' : 'play');

export async function findHost(ask: Ask, host: string): Promise<Host | undefined> {
  try {
    return await ask<Host>('getHost', { params: { host } });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

export async function hostNamed(ask: Ask, name: string): Promise<Host> {
  const found = await findHost(ask, name);
  if (found === undefined) throw noDomain(name);
  return found;
}

export const domainOf = (ask: Ask, { domain }: Pick<Host, 'domain'>) =>
  ask<Domain>('getDomain', { params: { name: domain } });

const ATTEMPTS = 4;

/** Reads, changes and writes a domain, again where somebody else changed it between. */
export async function changeDomain(ask: Ask, name: string, change: (domain: Domain) => Domain): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const { answer, etag } = await ask.tagged<Domain>('getDomain', { params: { name } });
    try {
      await ask('replaceDomain', { params: { name }, body: change(answer), ifMatch: etag });
      return;
    } catch (error) {
      if (!hasStatus(error, 412) || attempt === ATTEMPTS) throw error;
    }
  }
}
