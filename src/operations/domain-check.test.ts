import { Resolver } from 'node:dns/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startDnsServer } from '../../test/support/dns-server.ts';
import { rulesSchema } from '../rules/index.ts';
import { checkDomain, expiryFinding, type ShownCertificate } from './domain-check.ts';

const HERE = '203.0.113.5';
const HERE_V6 = '2001:db8::5';
const NOW_MS = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

let server: Awaited<ReturnType<typeof startDnsServer>>;
const resolver = new Resolver({ timeout: 2000, tries: 1 });

beforeAll(async () => {
  server = await startDnsServer({
    'good.test': { a: [HERE], aaaa: [HERE_V6] },
    'v4.test': { a: [HERE] },
    'away.test': { a: ['198.51.100.7'] },
    'mixed.test': { a: [HERE], aaaa: ['2001:db8::bad'] },
    'two.test': { a: [HERE, '198.51.100.7'] },
    'broken.test': { code: 2 },
    'empty.test': {},
    'headwater-check.wild.test': { a: [HERE] },
  });
  resolver.setServers([server.address]);
});

afterAll(() => server.close());

async function check(domain: object, certificate?: ShownCertificate) {
  const [rule] = rulesSchema.parse({ domains: [domain] }).domains;
  return checkDomain(rule!, {
    resolver,
    ownAddresses: async () => [HERE, HERE_V6],
    certificateFor: () => certificate,
    wallMs: () => NOW_MS,
  });
}

describe('checkDomain', () => {
  it.each([
    ['good.test', []],
    ['v4.test', []],
    ['*.wild.test', []],
    [
      'none.test',
      ['NO_RECORD', 'There is no DNS record for none.test.', `Add an A record for none.test with ${HERE}.`],
    ],
    [
      'empty.test',
      ['NO_RECORD', 'There is no DNS record for empty.test.', `Add an A record for empty.test with ${HERE}.`],
    ],
    ['broken.test', ['DNS_FAILED', expect.stringContaining('broken.test (ESERVFAIL)'), expect.any(String)]],
    [
      'away.test',
      [
        'POINTS_ELSEWHERE',
        'away.test points to 198.51.100.7, which is not this machine.',
        expect.stringContaining(HERE),
      ],
    ],
    [
      'mixed.test',
      [
        'CONFLICTING_RECORDS',
        expect.stringContaining(`${HERE} is this machine, 2001:db8::bad leads elsewhere`),
        'Remove the AAAA record with 2001:db8::bad.',
      ],
    ],
    ['two.test', ['CONFLICTING_RECORDS', expect.any(String), 'Remove the A record with 198.51.100.7.']],
  ])('says of %s what is so', async (name, expected) => {
    const { status, hosts } = await check({ name });
    const [finding] = hosts[0]!.findings;
    expect(finding ? [finding.code, finding.sentence, finding.remedy] : []).toEqual(expected);
    expect(status).toBe(expected.length === 0 ? 'online' : 'configuring');
  });

  it('looks at every host, and at no name that is none', async () => {
    const { status, sentence, hosts } = await check({
      ...{ name: 'good.test', aliases: ['v4.test', HERE], ingest: ['away.test', 'none.test'] },
    });
    expect(hosts.map(({ host, use, findings }) => [host, use, findings.length])).toEqual([
      ['good.test', 'playback', 0],
      ['v4.test', 'playback', 0],
      [HERE, 'playback', 0],
      ['away.test', 'ingest', 1],
      ['none.test', 'ingest', 1],
    ]);
    expect([status, sentence]).toEqual(['configuring', 'away.test, none.test do not lead here yet.']);
    expect(await check({ name: 'default' })).toMatchObject({ status: 'online', hosts: [] });
    expect(await check({ name: 'away.test', enabled: false })).toMatchObject({ status: 'stopped' });
  });

  it('says of a certificate that it is for another host, or about to end', async () => {
    const shown = { isForHost: true, names: 'other.test', expiresAtMs: NOW_MS + 60 * DAY_MS };
    const codes = async (certificate: ShownCertificate) => {
      const { status, hosts } = await check({ name: 'good.test' }, certificate);
      return [status, ...hosts[0]!.findings.map(({ code }) => code)];
    };
    expect(await codes(shown)).toEqual(['online']);
    expect(await codes({ ...shown, isForHost: false })).toEqual(['online', 'CERTIFICATE_MISMATCH']);
    expect(await codes({ ...shown, expiresAtMs: NOW_MS })).toEqual(['online', 'CERTIFICATE_EXPIRED']);
  });
});

describe('expiryFinding', () => {
  it.each([
    [31, undefined, undefined],
    [30, 'warn', 'expires in 30 days, on 2026-01-31'],
    [14, 'bad', 'expires in 14 days'],
    [1, 'bad', 'expires in 1 day,'],
    [0, 'bad', 'expired on 2026-01-01'],
  ])('%s days before the end', (days, severity, sentence) => {
    const finding = expiryFinding('a.test', NOW_MS + days * DAY_MS, NOW_MS);
    expect(finding?.severity).toBe(severity);
    if (sentence !== undefined) expect(finding?.sentence).toContain(sentence);
  });
});
