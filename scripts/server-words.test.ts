import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALARMS_ZH } from '../player/console/server-words/alarms-zh.ts';
import { DOMAIN_CHECK_ZH } from '../player/console/server-words/domain-check-zh.ts';
import { HEALTH_ZH } from '../player/console/server-words/health-zh.ts';
import { type ChineseTable, inChinese } from '../player/console/server-words/in-chinese.ts';
import { POSTURE_ZH } from '../player/console/server-words/posture-zh.ts';
import { PROBLEMS_ZH } from '../player/console/server-words/problems-zh.ts';
import { REFUSALS_ZH, VERDICTS_ZH } from '../player/console/server-words/refusals-zh.ts';
import { STATES_ZH } from '../player/console/server-words/states-zh.ts';
import type { RefusalCode } from '../src/access/index.ts';
import type { Finding as HealthFinding } from '../src/ingest/index.ts';
import { contentFindings, healthVerdict } from '../src/ingest/index.ts';
import { testAudioTrack, testVideoTrack } from '../src/live/test-packets.ts';
import { type CheckedDomain, checkDomain, type ShownCertificate } from '../src/operations/index.ts';
import {
  ALARM_CODES,
  type AlarmCode,
  compileRules,
  type PostureFacts,
  type Finding as PostureFinding,
  posture,
  rulesSchema,
} from '../src/rules/index.ts';
import { startDnsServer } from '../test/support/dns-server.ts';

/** A code that a kind gets has its words, or this does not compile. */
const POSTURE: ChineseTable<PostureFinding['code']> = POSTURE_ZH;
const HEALTH: ChineseTable<HealthFinding['code']> = HEALTH_ZH;
const REFUSALS: ChineseTable<RefusalCode> = REFUSALS_ZH;
const ALARMS: Readonly<Record<AlarmCode, string>> = ALARMS_ZH;
const ALL = [POSTURE, HEALTH, DOMAIN_CHECK_ZH, VERDICTS_ZH, PROBLEMS_ZH, REFUSALS];

type Finding = { readonly code: string; readonly sentence: string; readonly remedy?: string };

/** Every code of the table was found, and everything that was found is said in Chinese, with its values. */
function expectAllSaid(
  findings: readonly Finding[],
  table: ChineseTable,
  values: (finding: Finding) => string[],
): void {
  expect([...new Set(findings.map(({ code }) => code))].toSorted()).toEqual(Object.keys(table).toSorted());
  for (const finding of findings) {
    const said = inChinese(finding, [table]);
    expect([finding.code, finding.sentence, said?.sentence]).toEqual([
      finding.code,
      finding.sentence,
      expect.stringMatching(/\p{Script=Han}/u),
    ]);
    expect(said?.sentence).not.toMatch(/\$\d/);
    if (finding.remedy !== undefined) expect(said?.remedy).toMatch(/\p{Script=Han}/u);
    for (const value of values(finding)) expect(said?.sentence).toContain(value);
  }
}

describe('in the Chinese console', () => {
  it('alarms are said', () => {
    expect(Object.keys(ALARMS).toSorted()).toEqual(ALARM_CODES.toSorted());
    for (const words of Object.values(ALARMS)) expect(words).toMatch(/\p{Script=Han}/u);
  });

  it('the posture is said', () => {
    const A = 'aaaaaaaaaaaaaaaa';
    const domain = {
      play: { auth: { type: 'type_a' as const, key1: A } },
      push: { auth: { type: 'type_a' as const, key1: A } },
    };
    const compiled = compileRules({
      domains: [
        { name: 'open' },
        { ...domain, name: 'shared' },
        { name: 'short', play: { auth: { type: 'type_a', key1: 'short-key' } } },
      ],
      streams: [
        { match: {}, record: { enabled: true, formats: [{ format: 'mp4' }] } },
        { match: { stream: 'e' }, encryption: { method: 'aes-128' } },
      ],
      callbacks: [{ id: 'unsigned', url: 'https://c/' }],
    });
    if (!compiled.ok) throw new Error(JSON.stringify(compiled.errors));
    const config = {
      ...{ rtmp: { host: '::' }, playback: { host: '::' }, control: { host: '0.0.0.0' } },
      metrics: { host: '::', port: 9000, bearerToken: null },
      ...{ tls: { certFile: null, certificates: [] }, trustedProxies: [], databaseUrl: null },
    };
    const DAY_MS = 86_400_000;
    const certificates = () =>
      [-1, 1, 7, 20].map((days) => ({ names: [`in-${days}.example`], expiresAtMs: days * DAY_MS }));
    const facts = (of: PostureFacts) => posture(compiled.rules, config, { keyAgeDays: () => 400, ...of });
    const findings = [...facts({}), ...facts({ certificates })];
    expectAllSaid(findings, POSTURE, ({ sentence }) =>
      [...(/(?:: |on )([\w.:-]+)\.?$/.exec(sentence)?.slice(1) ?? [])].map((value) => value.replace(/\.$/, '')),
    );
  });

  it('the health of a stream is said', () => {
    const measured = {
      ...{ seconds: 30, videoKbps: 3000, audioKbps: 128, fps: 30, keyIntervalMs: 2000 },
      ...{ bitrateSwing: 2, stalls: 0, longestStallMs: 0, audioLeadMs: 20 },
    };
    const tracks = { video: testVideoTrack(), audio: testAudioTrack() };
    const declared = { frameRate: 30, hasVideo: true, hasAudio: true };
    const limits = { blackSeconds: 1, frozenSeconds: 1, silentSeconds: 1 };
    const of = (more: Partial<typeof measured>, isOverflowing = false) =>
      healthVerdict({ ...measured, ...more }, tracks, declared, isOverflowing).findings;
    const findings = [
      ...of({ keyIntervalMs: 9000, bitrateSwing: 7, stalls: 1, longestStallMs: 1500, fps: 10, audioLeadMs: 900 }),
      ...of({ stalls: 5, longestStallMs: 4000, audioLeadMs: -900, audioKbps: 0 }, true),
      ...of({ fps: 0, videoKbps: 0 }),
      ...contentFindings({ blackMs: 60_000, frozenMs: 0, silentMs: 60_000 }, limits),
      ...contentFindings({ blackMs: 0, frozenMs: 60_000, silentMs: 0 }, limits),
      { code: 'MODERATION_FLAGGED', sentence: 'The moderation hook flagged a picture: a hat.', remedy: 'Look.' },
    ];
    expectAllSaid(findings, HEALTH, ({ code, sentence }) =>
      code === 'BLACK' || code === 'FROZEN' || code === 'SILENT' ? [] : (sentence.match(/\d[\d.]*(?= )/g) ?? []),
    );
  });

  it('why somebody is refused is said', () => {
    const findings = Object.keys(REFUSALS).map((code) => ({ code, sentence: 'The URL is refused: some reason.' }));
    expectAllSaid(findings, REFUSALS, () => []);
  });

  it('the errors of docs/errors.md that operators meet are said', () => {
    const page = readFileSync(new URL('../docs/errors.md', import.meta.url), 'utf8');
    const sections = new Map(page.split(/^## /m).map((section) => [section.split('\n')[0], section]));
    const codes = ['Requests to the API', 'Users and keys', 'Recordings'].flatMap((name) =>
      [...(sections.get(name) ?? '').matchAll(/^\|([^|]*)\|/gm)].flatMap(
        ([, cell = '']) => cell.match(/[A-Z_]{4,}/g) ?? [],
      ),
    );
    expect(codes.length).toBeGreaterThan(25);
    const unsaid = codes.filter((code) => !inChinese({ code, sentence: 'something' }, ALL) && code !== 'DENIED');
    expect(unsaid).toEqual([]);
    const known = new Set(page.match(/[A-Z_]{4,}/g));
    const unknown = Object.keys(PROBLEMS_ZH).filter((code) => !known.has(code));
    expect(
      unknown.filter((code) => !/^(TOTP|USER|KEY|SESSION)_|UNDER_WAY|FROM_FILE|ACME_OFF|NOT_ISSUED/.test(code)),
    ).toEqual([]);
  });

  it('what has no words stays English', () => {
    expect(inChinese({ code: 'NEW_CODE', sentence: 'It is new.' }, ALL)).toBeUndefined();
    expect(inChinese({ code: 'PLAY_OPEN', sentence: 'It is said otherwise now.' }, ALL)).toBeUndefined();
    expect(inChinese({ code: 'constructor', sentence: 'x' }, ALL)).toBeUndefined();
  });
});

describe('the check of a domain', () => {
  const HERE = '203.0.113.5';
  const NOW_MS = Date.UTC(2026, 0, 1);
  let server: Awaited<ReturnType<typeof startDnsServer>>;
  const resolver = new Resolver({ timeout: 2000, tries: 1 });

  beforeAll(async () => {
    server = await startDnsServer({
      'good.test': { a: [HERE] },
      'away.test': { a: ['198.51.100.7'] },
      'mixed.test': { a: [HERE, '198.51.100.7'] },
      'broken.test': { code: 2 },
    });
    resolver.setServers([server.address]);
  });
  afterAll(() => server.close());

  function check(domain: object, certificate?: ShownCertificate): Promise<CheckedDomain> {
    const [rule] = rulesSchema.parse({ domains: [domain] }).domains;
    if (rule === undefined) throw new Error('there is a domain');
    return checkDomain(rule, {
      ...{ resolver, ownAddresses: async () => [HERE], certificateFor: () => certificate, wallMs: () => NOW_MS },
    });
  }

  it('is said in Chinese', async () => {
    const shown = (names: string, days: number) => ({
      names,
      isForHost: names === 'good.test',
      expiresAtMs: NOW_MS + days * 86_400_000,
    });
    const checked = await Promise.all([
      ...['none.test', 'away.test', 'mixed.test', 'broken.test'].map((name) => check({ name })),
      ...[shown('good.test', 2), shown('good.test', -2), shown('other.test', 99)].map((each) =>
        check({ name: 'good.test' }, each),
      ),
    ]);
    const findings = checked.flatMap(({ hosts }) => hosts.flatMap((host) => host.findings));
    expectAllSaid(findings, DOMAIN_CHECK_ZH, ({ sentence }) => sentence.match(/\w+\.test/g) ?? []);
    const states = [...checked, await check({ name: 'default' }), await check({ name: 'off.test', enabled: false })];
    for (const { status, sentence } of states) {
      expect(inChinese({ code: status, sentence }, ALL)?.sentence).toMatch(/\p{Script=Han}/u);
      expect(Object.keys(STATES_ZH)).toContain(status);
    }
  });
});
