import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { http } from '../support/http.ts';
import { type Child, type Headwater, start, startHeadwater, testPictureArgs, until } from '../support/index.ts';

const DOMAIN = 'play.lab.test';
const INGEST = 'push.lab.test';
const STREAM = { domain: DOMAIN, app: 'lab', stream: 'first-stream' };
const KEYS = { push: 'PushKeyOfTheLab0123456789', play: 'PlayKeyOfTheLab0123456789' };

type Urls = { readonly urls: Readonly<Record<'push' | 'flv' | 'hls', string>> };
type Checked = {
  readonly status: string;
  readonly hosts: readonly { readonly host: string; readonly findings: readonly { readonly remedy: string }[] }[];
};

let server: Headwater;
let encoder: Child | undefined;

beforeAll(async () => {
  server = await startHeadwater();
  await until('the first revision', async () => (await server.api<{ revision: number }>('/rules')).revision === 1);
});
afterAll(async () => {
  await encoder?.stop();
  await server?.stop();
});

const send = <T>(method: string, path: string, body: object) =>
  server.api<T>(path, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

/** A URL of the lab's domain, asked for on this machine, where no name leads here. */
async function play(url: string): Promise<{ readonly status: number; readonly text: string }> {
  const { host, pathname, search } = new URL(url);
  return http(`${server.playback}${pathname}${search}`, { host });
}

const streams = async () => {
  const listed = await server.api<{ streams: { domain: string; app: string; name: string; state: string }[] }>(
    '/streams',
  );
  return listed.streams.filter(({ state }) => state === 'publishing').map(({ app, name }) => `${app}/${name}`);
};

describe('the lab: from a domain to a signed stream and back to nothing', () => {
  it('adds a playback domain with its ingest domain, both signed', async () => {
    const auth = (key1: string) => ({ auth: { type: 'type_a', key1 } });
    const domain = { name: DOMAIN, ingest: [INGEST], push: auth(KEYS.push), play: auth(KEYS.play) };
    expect(await send('POST', '/domains', domain)).toMatchObject({ name: DOMAIN, origin: 'api' });
  });

  it('says of each of its names in words that it does not lead here, and what to do', async () => {
    const { status, hosts } = await server.api<Checked>(`/domains/${DOMAIN}/check`);
    expect(status).toBe('configuring');
    expect(hosts.map(({ host }) => host).sort()).toEqual([DOMAIN, INGEST]);
    for (const { findings } of hosts) expect(findings[0]?.remedy).toMatch(/\w{3}/);
  }, 60_000);

  it('refuses a push that is not signed, and takes one that is', async () => {
    const signed = await send<Urls>('POST', '/sign', { ...STREAM, kind: 'push' });
    const { hostname, pathname, search } = new URL(signed.urls.push.replace('rtmp:', 'http:'));
    expect(hostname).toBe(INGEST);
    expect(search).toMatch(/^\?auth_key=\d+-[^-]+-[^-]+-[0-9a-f]{32}$/);
    const target = (query: string) => `rtmp://127.0.0.1:${server.rtmpPort}${pathname}${query}`;
    const push = (query: string) =>
      start('ffmpeg', [
        ...testPictureArgs({ fps: 15, gop: 15 }),
        ...['-f', 'flv', '-rtmp_tcurl', `rtmp://${INGEST}/${STREAM.app}`, target(query)],
      ]);
    const unsigned = push('');
    await until('it is refused', async () => unsigned.process.exitCode !== null);
    expect(await streams()).toEqual([]);
    encoder = push(search);
    await until('it is live', async () => (await streams()).includes(`${STREAM.app}/${STREAM.stream}`), 60_000);
  });

  it('plays with a signature, and not without one', async () => {
    const { urls } = await send<Urls>('POST', '/sign', { ...STREAM, kind: 'play' });
    expect(new URL(urls.hls).hostname).toBe(DOMAIN);
    const playlist = await until('there is a playlist', async () => {
      const { status, text } = await play(urls.hls);
      return status === 200 && text.includes('#EXTM3U') && text;
    });
    expect(playlist).toContain('#EXT-X-STREAM-INF');
    const unsigned = urls.hls.replace(/auth_key=[^&]+&?/, '');
    expect((await play(unsigned)).status).toBe(403);
    const forged = urls.hls.replace(/[0-9a-f]{32}/, '0'.repeat(32));
    expect((await play(forged)).status).toBe(403);
    const explained = await send<{ verdict: { ok: boolean }; remedy: string }>('POST', '/explain', { url: unsigned });
    expect(explained).toMatchObject({ verdict: { ok: false }, remedy: expect.stringMatching(/\w{3}/) });
  });

  it('leaves nothing behind when the domain is deleted', async () => {
    await encoder?.stop();
    encoder = undefined;
    await server.api(`/domains/${DOMAIN}`, { method: 'DELETE' });
    const { domains } = await server.api<{ domains: { name: string }[] }>('/domains');
    expect(domains.map(({ name }) => name)).toEqual(['default']);
    await until('nothing is live', async () => (await streams()).length === 0);
  });
});
