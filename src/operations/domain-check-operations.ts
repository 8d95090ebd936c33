import { z } from 'zod';
import { notFound, type Operation, operation } from './base/index.ts';
import type { CheckedDomain } from './domain-check.ts';
import { domainOf } from './resources.ts';
import { streamName } from './schemas.ts';

/** What the check of a domain needs. */
export type DomainCheckDoor = {
  /** Undefined where the rules have no such domain. */
  readonly check: (name: string) => Promise<CheckedDomain | undefined>;
};

const finding = z
  .strictObject({
    ...{ code: z.string(), severity: z.enum(['warn', 'bad']) },
    ...{ sentence: z.string(), remedy: z.string() },
  })
  .meta({ id: 'HostFinding' });
const checked = z
  .strictObject({
    domain: z.string(),
    status: z.enum(['configuring', 'online', 'stopped']).describe('`configuring`: some host does not lead here yet'),
    sentence: z.string(),
    hosts: z.array(
      z.strictObject({
        ...{ host: z.string(), use: z.enum(['playback', 'ingest']), addresses: z.array(z.string()) },
        findings: z.array(finding),
      }),
    ),
  })
  .meta({ id: 'CheckedDomain' });

/** Whether domains lead here. */
export function domainCheckOperations(door: DomainCheckDoor): readonly Operation[] {
  return [
    operation({
      ...{ name: 'checkDomain', area: 'Domains', method: 'get', path: '/domains/{name}/check', action: 'rules:read' },
      summary: 'Whether the hosts of a domain lead here, by the DNS and by their certificates, in words',
      params: z.strictObject({ name: streamName }),
      resource: ({ name }) => domainOf({ domain: name }),
      answer: checked,
      run: async ({ params: { name } }) => {
        const result = await door.check(name);
        if (!result) throw notFound('DOMAIN_NOT_FOUND', 'there is no such domain', 'List the domains.');
        const hosts = result.hosts.map((host) => ({
          ...host,
          addresses: [...host.addresses],
          findings: [...host.findings],
        }));
        return { domain: name, ...result, hosts };
      },
    }),
  ];
}
