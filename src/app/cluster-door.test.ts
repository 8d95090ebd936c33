import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { askForStream, NodeDoor, Peers } from '../cluster/index.ts';
import { configSchema } from '../config/schema.ts';
import { clusterServer, ownAddress, placeAt } from './cluster-door.ts';
import { ClusterTls } from './cluster-tls.ts';

const ID = { domain: 'default', app: 'live', name: 'demo' };
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

function clusterConfig(set: Record<string, unknown>) {
  return configSchema.parse({ cluster: { port: 8095, ...set } }).cluster;
}

async function certificate(folder: string, name: string) {
  const { cert, private: key } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    keyType: 'ec',
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  const [certFile, keyFile] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)];
  await Promise.all([writeFile(certFile, cert), writeFile(keyFile, key)]);
  return { certFile, keyFile };
}

const TOKEN = 'the token of this cluster'.padEnd(32, '.');

function peersAt(config: ReturnType<typeof clusterConfig>, tls?: ClusterTls): Peers {
  const placeOf = (address: string) => placeAt(address, config, tls);
  const nobody = { others: () => [], ownerOf: () => undefined, isOwn: () => false, isTold: () => true };
  return new Peers({ nodeId: 'one', ...nobody, placeOf });
}

type Listening = Pick<Parameters<typeof clusterServer>[0], 'tls'> & { readonly questions?: NodeDoor };

async function listening({ tls, questions }: Listening, refused: string[] = []) {
  const upgrade = (_request: unknown, socket: Duplex) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
  const server = clusterServer({
    ...{ tls, upgrade },
    request: (request, response) => void questions?.handle(request, response),
    onRefused: (_address, why) => refused.push(why),
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function openTls(files: Record<string, string>): Promise<ClusterTls | undefined> {
  const noted = { onLoaded: () => {}, onUnusable: () => {} };
  const tls = await ClusterTls.open({ files: clusterConfig({ tls: files }).tls, ...noted });
  closers.push(() => tls?.close());
  return tls;
}

describe('the door between nodes', () => {
  it('keeps no more than some who say nothing, and has room for nodes all the same', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cluster-door-'));
    closers.push(() => rm(folder, { recursive: true }));
    const own = await certificate(folder, 'own');
    const tls = await openTls({ ...own, caFile: own.certFile });
    const questions = new NodeDoor({ token: TOKEN, onRefused: () => {}, onError: () => {} });
    questions.on('GET demo', () => 'here');
    for (const secured of [undefined, tls]) {
      const address = await listening({ tls: secured, questions });
      const [host, port] = address.split(':');
      let closed = 0;
      const strangers = Array.from({ length: 300 }, () => connect(Number(port), host).on('error', () => {}));
      for (const stranger of strangers) stranger.once('close', () => closed++);
      closers.push(() => strangers.map((stranger) => stranger.destroy()));
      await vi.waitFor(() => expect(closed).toBe(300 - 256), 30_000);
      const peer = { nodeId: 'two', name: 'two', address };
      const answer = await peersAt(clusterConfig({ token: TOKEN }), secured).ask(peer, { path: ['demo'] });
      expect(String(answer)).toBe('"here"');
    }
  }, 60_000);

  it('is one of TLS where there is a certificate, for those who know who signed it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cluster-door-'));
    closers.push(() => rm(folder, { recursive: true }));
    const [own, other] = [await certificate(folder, 'own'), await certificate(folder, 'other')];
    const tls = await openTls({ ...own, caFile: own.certFile });
    const refused: string[] = [];
    const questions = new NodeDoor({ token: undefined, onRefused: () => {}, onError: () => {} });
    questions.on('GET demo', ({ names }) => ({ names }));
    const address = await listening({ tls, questions }, refused);
    const ask = (as: ClusterTls | undefined) =>
      askForStream(placeAt(address, clusterConfig({}), as), ID, new AbortController().signal);
    const stranger = await openTls({ ...own, caFile: other.certFile });
    expect(await ask(tls)).toEqual({ kind: 'absent' });
    await expect(ask(stranger)).rejects.toThrow(/signed/);
    expect(await ask(await openTls({ ...other, caFile: own.certFile }))).toEqual({ kind: 'refused', status: 403 });
    await expect(ask(undefined)).rejects.toThrow();
    expect(refused).toEqual([
      expect.stringMatching(/no certificate that cluster.tls.caFile signed/),
      expect.stringMatching(/speaks without TLS/),
    ]);
    const peer = { nodeId: 'n', name: 'two', address };
    const asked = { path: ['demo', 'a b', 'c/d'], timeoutMs: 10_000 };
    expect((await peersAt(clusterConfig({}), tls).ask(peer, asked))?.toString()).toBe('{"names":["a b","c/d"]}');
    await expect(peersAt(clusterConfig({}), stranger).ask(peer, asked)).rejects.toThrow(/signed/);
  });

  it('answers those who show the token, and only what somebody answers', async () => {
    const errors: unknown[] = [];
    const refused: string[] = [];
    const onRefused = (_address: string | undefined, why: string) => refused.push(why);
    const questions = new NodeDoor({ token: TOKEN, onRefused, onError: (error) => errors.push(error) });
    questions.on('GET known', ({ names }) => (names[0] === 'bytes' ? Uint8Array.of(104, 105) : undefined));
    questions.on('POST sum', ({ body }) => (body as number[]).reduce((sum, each) => sum + each));
    const peer = { nodeId: 'n', name: 'two', address: await listening({ questions }) };
    const peers = peersAt(clusterConfig({ token: TOKEN }));
    const ask = async (path: string[], body?: unknown) => (await peers.ask(peer, { path, body }))?.toString();
    expect([await ask(['known', 'bytes']), await ask(['known', 'other']), await ask(['unknown'])]).toEqual([
      'hi',
      undefined,
      undefined,
    ]);
    expect(await ask(['sum'], [1, 2])).toBe('3');
    await expect(ask(['sum'], {})).rejects.toMatchObject({ trouble: 'failed', message: 'it answered 500' });
    expect(errors).toHaveLength(1);
    await expect(
      peersAt(clusterConfig({ token: 'another token'.padEnd(32, '.') })).ask(peer, { path: ['known'] }),
    ).rejects.toMatchObject({ trouble: 'refused' });
    expect(refused).toEqual(['its cluster.token is another one']);
  });
});

describe('a node', () => {
  it.each([
    [{ address: '10.0.0.5' }, '10.0.0.5:8095'],
    [{ address: 'one.example.internal:9000' }, 'one.example.internal:9000'],
    [{ host: '10.0.0.6' }, '10.0.0.6:8095'],
    [{ host: 'fd00::1' }, '[fd00::1]:8095'],
  ])('with %j is reached at %s', (set, address) => {
    expect(ownAddress(clusterConfig(set))).toBe(address);
  });

  it('is asked at its host and port', () => {
    expect(placeAt('[fd00::1]:8095', clusterConfig({}), undefined).connect).toEqual({ host: 'fd00::1', port: 8095 });
  });
});
