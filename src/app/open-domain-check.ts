import { lookup, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Certificates } from '../certificates/index.ts';
import { checkDomain, type DomainCheckDoor } from '../operations/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';

const DNS_TIMEOUT_MS = 3000;

/** Domains as they are seen from outside. */
export function openDomainCheck(
  { config: { publicHost }, clock }: Base,
  { rules }: State,
  certificates: Certificates,
): DomainCheckDoor {
  const resolver = new Resolver({ timeout: DNS_TIMEOUT_MS, tries: 2 });
  return {
    async check(name) {
      const rule = rules().domain(name);
      return (
        rule &&
        checkDomain(rule, {
          resolver,
          ownAddresses: async () => [...(await addressesOf(publicHost ?? undefined)), ...addressesHere()],
          certificateFor: (host) => certificates.shownFor(host),
          wallMs: clock.wallMs,
        })
      );
    },
  };
}

/** Behind address translation no interface has the address that others use. */
async function addressesOf(publicHost: string | undefined): Promise<string[]> {
  if (publicHost === undefined) return [];
  if (isIP(publicHost)) return [publicHost];
  const found = await lookup(publicHost, { all: true }).catch(() => []);
  return found.map(({ address }) => address);
}

function addressesHere(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((each) => each ?? []);
  return all.filter(({ internal, address }) => !internal && !address.startsWith('fe80:')).map(({ address }) => address);
}
