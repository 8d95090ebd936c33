import { z } from 'zod';
import type { KeyPair } from '../certificates/index.ts';
import type { Resource } from '../identity/index.ts';
import { nextCursor, notFound, type Operation, OperationError, operation, pageOf, pageQuery } from './base/index.ts';
import type { CertificateShelf } from './certificate-shelf.ts';
import { expiryFinding } from './domain-check.ts';
import { isoOf, time } from './schemas.ts';

/** A certificate as it is listed; those of files have their file for an id. */
export type ListedCertificate = {
  readonly id: string;
  readonly hosts: readonly string[];
  readonly source: 'upload' | 'acme' | 'file';
  readonly addedMs?: number;
  readonly by?: string;
  readonly pair: KeyPair;
};

/** What the operations on certificates need. */
export type CertificateDoor = {
  readonly all: () => readonly ListedCertificate[];
  readonly shelf: Pick<CertificateShelf, 'add' | 'remove'>;
  /** Orders one by ACME; throws OperationError where it can't be had. */
  readonly order: (hosts: readonly string[], by: string) => Promise<ListedCertificate>;
  readonly wallMs: () => number;
};

const host = z
  .string()
  .toLowerCase()
  .max(253)
  .regex(/^(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/, { error: 'must be a host name, such as live.example.com' });
const plainHost = host.refine((name) => !name.startsWith('*.'), { error: 'HTTP-01 is for no wildcard' });
const pem = z.string().min(64).max(60_000);
const certificate = z
  .strictObject({
    id: z.string(),
    hosts: z
      .array(z.string())
      .describe('Clients who ask for one of these are shown it; none: whoever asks for no other'),
    source: z.enum(['upload', 'acme', 'file']),
    names: z.array(z.string()).describe('That it is made for'),
    ...{ issuer: z.string(), fingerprint: z.string(), startsAt: time, expiresAt: time },
    addedAt: time.optional(),
    by: z.string().optional(),
    finding: z
      .strictObject({ code: z.string(), severity: z.string(), sentence: z.string(), remedy: z.string() })
      .optional(),
  })
  .meta({ id: 'Certificate' });
const newCertificate = z.strictObject({
  certificate: pem.describe('PEM, followed by its chain'),
  key: pem.describe('PEM, without a password'),
  hosts: z.array(host).min(1).max(100).optional().describe('The names of the certificate where it is left out'),
});

const area = 'Certificates';
/** A certificate is its hosts'. */
export const certificateResource = (name: string): Resource => ({ kind: 'domain', domain: name });

/** The certificates of the TLS doors. */
export function certificateOperations(door: CertificateDoor): readonly Operation[] {
  const shown = (each: ListedCertificate) => shownCertificate(each, door.wallMs());
  return [
    operation({
      ...{ name: 'listCertificates', area, method: 'get', path: '/certificates', action: 'certificates:read' },
      summary: 'The certificates that the TLS doors show, with what is the matter with them',
      query: pageQuery(),
      answer: z.strictObject({ certificates: z.array(certificate), nextCursor }),
      run: ({ query, permits }) => {
        const mine = door
          .all()
          .filter(({ hosts, pair }) => [...hosts, ...pair.names].some((name) => permits(certificateResource(name))));
        const { items, ...rest } = pageOf(mine, query, ({ id }) => id);
        return { certificates: items.map(shown), ...rest };
      },
    }),
    operation({
      ...{ name: 'getCertificate', area, method: 'get', path: '/certificates/{id}', action: 'certificates:read' },
      summary: 'One certificate with its chain, in PEM; never its key',
      params: z.strictObject({ id: z.string().min(1).max(1023) }),
      answer: certificate.safeExtend({ pem: z.string() }).meta({ id: 'WholeCertificate' }),
      run: ({ params: { id }, require, permits }) => {
        const found = door.all().find((each) => each.id === id);
        if (!found) throw notFound('CERTIFICATE_NOT_FOUND', 'there is no such certificate', 'List the certificates.');
        const names = [...found.hosts, ...found.pair.names];
        if (!names.some((name) => permits(certificateResource(name)))) require(certificateResource(names[0] ?? id));
        return { ...shown(found), pem: found.pair.cert.toString() };
      },
    }),
    operation({
      ...{ name: 'createCertificate', area, method: 'post', path: '/certificates', action: 'certificates:write' },
      summary: 'Takes a certificate with its key, and shows it to the next who asks for one of its hosts',
      body: newCertificate,
      answer: certificate,
      status: 201,
      run: async ({ body: { certificate: cert, key, hosts }, caller, require, done }) => {
        for (const name of hosts ?? []) require(certificateResource(name));
        if (hosts === undefined) require({ kind: 'server' });
        const made = await door.shelf.add({ cert, key, hosts, source: 'upload', by: caller.name });
        for (const name of made.hosts) done(certificateResource(name), { certificate: made.pair.fingerprint });
        return shown(made);
      },
    }),
    operation({
      ...{ name: 'orderCertificate', area, method: 'post', path: '/certificates/order', action: 'certificates:write' },
      summary: 'Orders a certificate by ACME (HTTP-01), and renews it from then on',
      description: 'Its hosts must lead to this server, whose port 80 must lead to the playback door.',
      body: z.strictObject({ hosts: z.array(plainHost).min(1).max(100) }),
      answer: certificate,
      status: 201,
      run: async ({ body: { hosts }, caller, require, done }) => {
        for (const name of hosts) require(certificateResource(name));
        const made = await door.order(hosts, caller.name);
        for (const name of hosts)
          done(certificateResource(name), { certificate: made.pair.fingerprint, source: 'acme' });
        return shown(made);
      },
    }),
    operation({
      ...{
        name: 'deleteCertificate',
        area,
        method: 'delete',
        path: '/certificates/{id}',
        action: 'certificates:write',
      },
      summary: 'Takes a certificate away; hosts without another are shown the first there is',
      params: z.strictObject({ id: z.string().min(1).max(1023) }),
      run: async ({ params: { id }, require, done }) => {
        const found = door.all().find((each) => each.id === id);
        if (!found) throw notFound('CERTIFICATE_NOT_FOUND', 'there is no such certificate', 'List the certificates.');
        for (const name of found.hosts) require(certificateResource(name));
        if (found.source === 'file') {
          require({ kind: 'server' });
          throw new OperationError(
            409,
            'FROM_FILE',
            'the certificate is in a file',
            'Take it out of tls in the configuration.',
          );
        }
        await door.shelf.remove(id);
        for (const name of found.hosts)
          done(certificateResource(name), { certificate: found.pair.fingerprint, removed: true });
      },
    }),
  ];
}

function shownCertificate(
  { id, hosts, source, addedMs, by, pair }: ListedCertificate,
  nowMs: number,
): z.input<typeof certificate> {
  const finding = expiryFinding(pair.names.join(', '), pair.expiresAtMs, nowMs);
  return {
    ...{ id, hosts: [...hosts], source, names: [...pair.names] },
    issuer: pair.certificate.issuer.replaceAll('\n', ', '),
    ...{ fingerprint: pair.fingerprint, startsAt: isoOf(Date.parse(pair.certificate.validFrom)) },
    expiresAt: isoOf(pair.expiresAtMs),
    ...(addedMs !== undefined && { addedAt: isoOf(addedMs) }),
    ...(by !== undefined && { by }),
    ...(finding && { finding }),
  };
}
