import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { generate } from 'selfsigned';
import { afterEach, describe, expect, it } from 'vitest';
import { askForStream } from '../cluster/index.ts';
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

async function listening(options: Pick<Parameters<typeof clusterServer>[0], 'tls'>, refused: string[] = []) {
  const upgrade = (_request: unknown, socket: Duplex) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n');
  const server = clusterServer({ ...options, upgrade, onRefused: (_address, why) => refused.push(why) });
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
  it('is one of TLS where there is a certificate, for those who know who signed it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'cluster-door-'));
    closers.push(() => rm(folder, { recursive: true }));
    const [own, other] = [await certificate(folder, 'own'), await certificate(folder, 'other')];
    const tls = await openTls({ ...own, caFile: own.certFile });
    const refused: string[] = [];
    const address = await listening({ tls }, refused);
    const ask = (as: ClusterTls | undefined) =>
      askForStream(placeAt(address, clusterConfig({}), as), ID, new AbortController().signal);
    expect(await ask(tls)).toEqual({ kind: 'absent' });
    await expect(ask(await openTls({ ...own, caFile: other.certFile }))).rejects.toThrow(/signed/);
    expect(await ask(await openTls({ ...other, caFile: own.certFile }))).toEqual({ kind: 'refused', status: 403 });
    await expect(ask(undefined)).rejects.toThrow();
    expect(refused).toEqual([
      expect.stringMatching(/no certificate that cluster.tls.caFile signed/),
      expect.stringMatching(/speaks without TLS/),
    ]);
  });

  it('answers nothing but requests for streams', async () => {
    const answer = await fetch(`http://${await listening({})}/`);
    expect(answer.status).toBe(426);
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
