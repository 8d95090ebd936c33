import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RulesInput } from '../../src/rules/index.ts';
import { AcmeServer } from '../support/acme-server.ts';
import { freePort } from '../support/free-port.ts';
import { http, raw } from '../support/http.ts';
import { type Headwater, startHeadwater, tempDir, until } from '../support/index.ts';
import { NO_DATABASE, OPEN_DOMAIN } from '../support/open-server.ts';
import { RtmpPublisher } from '../support/rtmp-publisher.ts';

type Listed = {
  readonly certificates: {
    readonly id: string;
    readonly hosts: string[];
    readonly source: string;
    readonly expiresAt: string;
  }[];
};
type Made = { readonly id: string; readonly finding?: { readonly code: string } };
type Checked = { readonly status: string; readonly hosts: { readonly findings: { readonly code: string }[] }[] };

/** Addresses need no DNS. */
const CHECKED = { ...OPEN_DOMAIN, aliases: ['127.0.0.1', '198.51.100.7'] };
const RULES: RulesInput = {
  domains: [CHECKED, { ...OPEN_DOMAIN, name: 'safe.invalid', https: { force: true, hstsSeconds: 3600 } }],
};
const HEADERS = { 'content-type': 'application/json' };

let server: Headwater;
let authority: AcmeServer;
let home: Awaited<ReturnType<typeof tempDir>>;
let env: NodeJS.ProcessEnv;
let tlsPort: number;

const startServer = () => startHeadwater({ rules: RULES, env, dataDir: join(home.path, 'data') });

beforeAll(async () => {
  home = await tempDir('certificates');
  const [playbackPort, httpsPort, rtmpsPort] = [await freePort(), await freePort(), await freePort()];
  tlsPort = httpsPort;
  authority = await AcmeServer.start(playbackPort);
  env = {
    ...NO_DATABASE,
    HEADWATER_PLAYBACK_PORT: String(playbackPort),
    HEADWATER_PLAYBACK_TLS_PORT: String(httpsPort),
    HEADWATER_RTMPS_PORT: String(rtmpsPort),
    HEADWATER_TLS_ACME_DIRECTORY_URL: authority.directoryUrl,
    HEADWATER_TLS_ACME_TERMS_AGREED: 'yes',
  };
  server = await startServer();
});

afterAll(async () => {
  await server?.stop();
  authority?.close();
  await home?.remove();
});

const post = <T>(path: string, body: object) =>
  server.api<T>(path, { method: 'POST', headers: HEADERS, body: JSON.stringify(body) });

async function pairFor(name: string, days = 365) {
  const notAfterDate = new Date(Date.now() + days * 86_400_000);
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], { keyType: 'ec', notAfterDate });
  return { certificate: cert, key };
}

/** The common name of what the HTTPS door shows; undefined where it does not listen. */
async function nameShown(servername: string): Promise<unknown> {
  const socket = connect({ host: '127.0.0.1', port: tlsPort, servername, rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect');
    return socket.getPeerCertificate().subject.CN;
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

describe('certificates', () => {
  it('open the TLS doors when the first is uploaded, and are shown at once', async () => {
    expect(await nameShown('one.invalid')).toBeUndefined();
    const made = await post<Made>('/certificates', await pairFor('one.invalid'));
    expect(made).toMatchObject({ hosts: ['one.invalid'], names: ['one.invalid'], source: 'upload', by: 'admin' });
    expect(await nameShown('one.invalid')).toBe('one.invalid');
    await post('/certificates', await pairFor('two.invalid'));
    expect([await nameShown('one.invalid'), await nameShown('two.invalid')]).toEqual(['one.invalid', 'two.invalid']);
    const bad = { ...(await pairFor('a.invalid')), key: (await pairFor('b.invalid')).key };
    await expect(post('/certificates', bad)).rejects.toThrow(/400.*BAD_KEY/);
    await expect(post('/certificates', { ...bad, colour: 'red' })).rejects.toThrow(/400.*colour/);
    await server.api(`/certificates/${made.id}`, { method: 'DELETE' });
    expect(await nameShown('one.invalid')).toBe('two.invalid');
  });

  it('that are about to end are told of', async () => {
    const made = await post<Made>('/certificates', await pairFor('soon.invalid', 10));
    expect(made.finding).toMatchObject({ code: 'CERTIFICATE_EXPIRING', severity: 'bad' });
    const { certificates: ages } = await server.api<{ certificates: object[] }>('/inventory');
    expect(ages).toContainEqual(
      expect.objectContaining({
        hosts: ['soon.invalid'],
        source: 'upload',
        ageDays: 0,
        expiresInDays: 9,
        rotationDue: true,
      }),
    );
    expect(ages).toContainEqual(expect.objectContaining({ hosts: ['two.invalid'], rotationDue: false }));
    const { posture } = await server.api<{ posture: { code: string; sentence: string }[] }>('/health');
    expect(posture).toContainEqual(
      expect.objectContaining({ code: 'CERTIFICATE_EXPIRES_14', sentence: expect.stringContaining('soon.invalid') }),
    );
    const text = await (await fetch(`http://127.0.0.1:${server.controlPort}/metrics`)).text();
    expect(text).toMatch(/headwater_certificate_expiry_seconds\{file="for soon.invalid"\} \d+/);
    await server.api(`/certificates/${made.id}`, { method: 'DELETE' });
  });

  it('are ordered from an authority that asks this server', async () => {
    authority.days = 10;
    const made = await post<Made>('/certificates/order', { hosts: ['acme.invalid', 'www.acme.invalid'] });
    expect(made).toMatchObject({
      hosts: ['acme.invalid', 'www.acme.invalid'],
      source: 'acme',
      issuer: 'CN=Test Authority',
    });
    expect(await nameShown('www.acme.invalid')).toBe('acme.invalid');
    await expect(post('/certificates/order', { hosts: ['*.acme.invalid'] })).rejects.toThrow(/400.*no wildcard/);
    const nothing = await http(`${server.playback}/.well-known/acme-challenge/token-0`);
    expect(nothing.status).toBe(404);
  });

  it('send viewers to HTTPS where the domain says so', async () => {
    const host = `safe.invalid:${server.playbackPort}`;
    const sent = await http(`${server.playback}/live/one.m3u8?a=1`, { host });
    expect([sent.status, sent.headers.location]).toEqual([308, `https://safe.invalid:${tlsPort}/live/one.m3u8?a=1`]);
    const posted = await http(`${server.playback}/live/one/clip`, { method: 'POST', host });
    expect([posted.status, JSON.parse(posted.text).code]).toEqual([403, 'HTTPS_REQUIRED']);
    const upgrade = ['GET /live/one.flv HTTP/1.1', `Host: ${host}`, 'Connection: Upgrade', 'Upgrade: websocket'];
    const key = ['Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
    expect(await raw(server.playbackPort, `${[...upgrade, ...key].join('\r\n')}\r\n\r\n`)).toContain('HTTPS_REQUIRED');
    const other = await http(`${server.playback}/live/one.m3u8`, { host: 'other.invalid' });
    expect(other.status).toBe(404);
    const socket = connect({ host: '127.0.0.1', port: tlsPort, servername: 'safe.invalid', rejectUnauthorized: false });
    await once(socket, 'secureConnect');
    socket.write('GET /live/one.m3u8 HTTP/1.1\r\nHost: safe.invalid\r\nConnection: close\r\n\r\n');
    let text = '';
    for await (const chunk of socket) text += chunk;
    expect(text).toMatch(/^HTTP\/1.1 404[\s\S]+Strict-Transport-Security: max-age=3600/i);
  });

  it('are there again after a restart, with their keys sealed, and renewed where they were ordered', async () => {
    const { certificates } = await server.api<Listed>('/certificates');
    expect(certificates.map(({ hosts }) => hosts[0]).sort()).toEqual(['acme.invalid', 'two.invalid']);
    const kept = await readFile(join(server.dataDir, 'certificates.json'), 'utf8');
    expect(kept).not.toContain('PRIVATE KEY');
    await server.stop();
    authority.days = 90;
    server = await startServer();
    expect([await nameShown('two.invalid'), await nameShown('acme.invalid')]).toEqual(['two.invalid', 'acme.invalid']);
    await until('it is renewed', async () => {
      const all = (await server.api<Listed>('/certificates')).certificates;
      const ordered = all.filter(({ source }) => source === 'acme');
      return ordered.length === 1 && Date.parse(ordered[0]!.expiresAt) > Date.now() + 60 * 86_400_000;
    });
  });
});

describe('a domain', () => {
  it('is checked, and stopped and started again', async () => {
    const { status, hosts } = await server.api<Checked>('/domains/default/check');
    expect(status).toBe('configuring');
    expect(hosts.map(({ findings }) => findings.map(({ code }) => code))).toEqual([
      ['CERTIFICATE_MISMATCH'],
      ['POINTS_ELSEWHERE', 'CERTIFICATE_MISMATCH'],
    ]);
    await expect(server.api('/domains/none.invalid/check')).rejects.toThrow(/404.*DOMAIN_NOT_FOUND/);
    const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/on' });
    await server.setRules({ domains: [{ ...CHECKED, enabled: false }] });
    await until('its publisher is sent away', async () => {
      const { streams } = await server.api<{ streams: { state: string }[] }>('/streams');
      return streams.every(({ state }) => state !== 'publishing');
    });
    await publisher.drop();
    await expect(RtmpPublisher.open({ port: server.rtmpPort, path: 'live/off' })).rejects.toThrow(
      'the domain is stopped',
    );
    const play = await http(`${server.playback}/live/off.flv`);
    expect([play.status, JSON.parse(play.text)]).toEqual([403, expect.objectContaining({ code: 'DOMAIN_STOPPED' })]);
    expect(await server.api('/domains/default/check')).toMatchObject({ status: 'stopped' });
    await server.setRules({ domains: [OPEN_DOMAIN] });
    const again = await until('it takes publishers', () =>
      RtmpPublisher.open({ port: server.rtmpPort, path: 'live/again' }).catch(() => undefined),
    );
    await again.drop();
  });
});
