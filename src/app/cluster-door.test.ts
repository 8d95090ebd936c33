import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it } from 'vitest';
import { askForStream, NodeDoor, Peers } from '../cluster/index.ts';
import { configSchema } from '../config/schema.ts';
import { clusterServer, ownAddress, placeAt, readAuthority } from './cluster-door.ts';

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

function peersAt(config: ReturnType<typeof clusterConfig>): Peers {
  const placeOf = (address: string) => placeAt(address, config, readAuthority(config));
  const nobody = { others: () => [], ownerOf: () => undefined, isOwn: () => false, isTold: () => true };
  return new Peers({ nodeId: 'one', ...nobody, placeOf });
}

describe('the door between nodes', () => {
  it('is one of TLS where there is a certificate, for those who know who signed it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cluster-door-'));
    closers.push(() => rm(folder, { recursive: true }));
    const [own, other] = [await certificate(folder, 'own'), await certificate(folder, 'other')];
    const config = clusterConfig({ tls: { ...own, caFile: own.certFile } });
    const questions = new NodeDoor({ token: undefined, onError: () => {} });
    questions.on('GET demo', ({ names }) => ({ names }));
    const server = clusterServer(config, {
      upgrade: (_request, socket) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n'),
      request: (request, response) => void questions.handle(request, response),
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => server.close());
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { signal } = new AbortController();
    expect(await askForStream(placeAt(address, config, readAuthority(config)), ID, signal)).toEqual({ kind: 'absent' });
    const stranger = clusterConfig({ tls: { ...own, caFile: other.certFile } });
    await expect(askForStream(placeAt(address, stranger, readAuthority(stranger)), ID, signal)).rejects.toThrow(
      /signed/,
    );
    await expect(askForStream(placeAt(address, clusterConfig({}), undefined), ID, signal)).rejects.toThrow();
    const peer = { nodeId: 'n', name: 'two', address };
    const asked = { path: ['demo', 'a b', 'c/d'], timeoutMs: 10_000 };
    expect((await peersAt(config).ask(peer, asked))?.toString()).toBe('{"names":["a b","c/d"]}');
    await expect(peersAt(stranger).ask(peer, asked)).rejects.toThrow(/signed/);
  });

  it('answers those who show the token, and only what somebody answers', async () => {
    const errors: unknown[] = [];
    const questions = new NodeDoor({ token: TOKEN, onError: (error) => errors.push(error) });
    questions.on('GET known', ({ names }) => (names[0] === 'bytes' ? Uint8Array.of(104, 105) : undefined));
    questions.on('POST sum', ({ body }) => (body as number[]).reduce((sum, each) => sum + each));
    const server = clusterServer(clusterConfig({}), {
      upgrade: () => {},
      request: (request, response) => void questions.handle(request, response),
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => server.close());
    const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    const peer = { nodeId: 'n', name: 'two', address };
    const peers = peersAt(clusterConfig({ token: TOKEN }));
    const ask = async (path: string[], body?: unknown) => (await peers.ask(peer, { path, body }))?.toString();
    expect([await ask(['known', 'bytes']), await ask(['known', 'other']), await ask(['unknown'])]).toEqual([
      'hi',
      undefined,
      undefined,
    ]);
    expect(await ask(['sum'], [1, 2])).toBe('3');
    await expect(ask(['sum'], {})).rejects.toThrow('the node two answered 500');
    expect(errors).toHaveLength(1);
    await expect(
      peersAt(clusterConfig({ token: 'another token'.padEnd(32, '.') })).ask(peer, { path: ['known'] }),
    ).rejects.toThrow('401');
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
