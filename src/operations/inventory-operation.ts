import { z } from 'zod';
import { aliasesOf } from '../rules/index.ts';
import { type Call, type Operation, operation } from './base/index.ts';
import { type CertificateDoor, certificateResource, type ListedCertificate } from './certificate-operations.ts';
import { EXPIRY_DAYS } from './domain-check.ts';
import { keyAge, keyAgesOf, type RulesDoor, resourceOf } from './rules/index.ts';
import { isoOf, time } from './schemas.ts';

/** What has an age: the keys of the rules, and certificates. */
export type InventoryDoor = {
  readonly rules: RulesDoor;
  readonly certificates: Pick<CertificateDoor, 'all' | 'wallMs'>;
};

const origin = z.enum(['api', 'file']);
const certificateAge = z
  .strictObject({
    id: z.string(),
    hosts: z.array(z.string()).describe('That it is shown for; its own names where it is for any'),
    source: z.enum(['upload', 'acme', 'file']),
    ...{ issuedAt: time, ageDays: z.int(), expiresAt: time },
    expiresInDays: z.int().describe('Below 0 where it has expired'),
    rotationDue: z.boolean().describe('It ends within thirty days'),
  })
  .meta({ id: 'CertificateAge' });

const DAY_MS = 86_400_000;

/** What there is that has to be renewed one day, and how old it is. */
export function inventoryOperation(door: InventoryDoor): Operation {
  return operation({
    ...{ name: 'getInventory', area: 'Keys', method: 'get', path: '/inventory', action: 'rules:read' },
    summary: 'Domains, stream keys, callbacks and certificates, with their age and which are due for rotation',
    description: 'Certificates are those for whose hosts the caller has certificates:read.',
    answer: z.strictObject({
      domains: z.array(
        z.strictObject({
          ...{ name: z.string(), origin, ingest: z.array(z.string()), aliases: z.array(z.string()) },
          keys: z.array(keyAge),
        }),
      ),
      streamKeys: z.array(z.strictObject({ id: z.string(), origin, keys: z.array(keyAge) })),
      callbacks: z.array(z.strictObject({ id: z.string(), url: z.string(), origin, keys: z.array(keyAge) })),
      certificates: z.array(certificateAge),
    }),
    run: (call) => ({ ...ofRules(door.rules, call), certificates: ofCertificates(door.certificates, call) }),
  });
}

function ofRules(door: RulesDoor, { permits }: Call) {
  const { rules, originOf } = door.source.current();
  const seen = <K extends 'domains' | 'streamKeys' | 'callbacks' | 'mediaCallbacks'>(kind: K) =>
    (rules[kind] as readonly (typeof rules)[K][number][]).filter((each) => permits(resourceOf(kind, each)));
  return {
    domains: seen('domains').map((domain) => ({
      ...{ name: domain.name, origin: originOf('domains', domain.name), keys: keyAgesOf(door, domain) },
      ...{ ingest: [...domain.ingest], aliases: aliasesOf(domain).map(({ name }) => name) },
    })),
    streamKeys: seen('streamKeys').map((each) => ({
      ...{ id: each.id, origin: originOf('streamKeys', each.id), keys: keyAgesOf(door, each) },
    })),
    callbacks: (['callbacks', 'mediaCallbacks'] as const).flatMap((kind) =>
      seen(kind).map((each) => ({
        ...{ id: each.id, url: each.url, origin: originOf(kind, each.id), keys: keyAgesOf(door, each) },
      })),
    ),
  };
}

function ofCertificates(door: InventoryDoor['certificates'], { caller }: Call): z.input<typeof certificateAge>[] {
  const nowMs = door.wallMs();
  return door
    .all()
    .filter(({ hosts, pair }) =>
      [...hosts, ...pair.names].some((name) => caller.may('certificates:read', certificateResource(name)).allowed),
    )
    .map((each) => ageOf(each, nowMs));
}

function ageOf({ id, hosts, source, pair }: ListedCertificate, nowMs: number): z.input<typeof certificateAge> {
  const issuedMs = Date.parse(pair.certificate.validFrom);
  return {
    ...{ id, hosts: hosts.length > 0 ? [...hosts] : [...pair.names], source },
    ...{ issuedAt: isoOf(issuedMs), ageDays: Math.max(0, Math.floor((nowMs - issuedMs) / DAY_MS)) },
    ...{ expiresAt: isoOf(pair.expiresAtMs), expiresInDays: Math.floor((pair.expiresAtMs - nowMs) / DAY_MS) },
    rotationDue: pair.expiresAtMs - nowMs <= EXPIRY_DAYS[0] * DAY_MS,
  };
}
