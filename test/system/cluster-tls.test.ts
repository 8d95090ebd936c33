import { copyFile, readFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askForStream, type NodePlace } from '../../src/cluster/index.ts';
import { certificateNumberAt } from '../support/certificate.ts';
import { CLUSTER_TOKEN, openCluster, type TestCluster } from '../support/cluster.ts';
import { freePort } from '../support/free-port.ts';
import type { HlsViewer } from '../support/hls-viewer.ts';
import { type Headwater, runToEnd, until } from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';

const ID = { domain: 'default', app: 'live', name: 'secret' };
const REFUSED = 'another node was refused';

let cluster: TestCluster;
let one: Headwater;
let two: Headwater;
let wire: Wire;
let viewer: HlsViewer;

beforeAll(async () => {
  cluster = await openCluster('cluster-tls', { rules: { domains: [OPEN_DOMAIN] } });
  for (const name of ['ours', 'theirs']) await authority(name);
  await Promise.all([sign('one', 'ours'), sign('two', 'ours'), sign('stranger', 'theirs'), sign('renewed', 'ours')]);
  const port = await freePort();
  wire = await tap(port);
  one = await run('one', { HEADWATER_CLUSTER_PORT: String(port), HEADWATER_CLUSTER_ADDRESS: wire.address });
  two = await run('two');
}, 300_000);

afterAll(async () => {
  await cluster?.close();
  wire?.server.close();
});

const file = (name: string) => join(cluster.folder, name);

function authority(name: string): Promise<string> {
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const files = ['-keyout', file(`${name}-ca.key`), '-out', file(`${name}-ca.crt`)];
  return runToEnd('openssl', [...made, '-subj', `/CN=${name}`, ...files]);
}

async function sign(name: string, by: string): Promise<void> {
  const made = ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`];
  await runToEnd('openssl', [
    ...[...made, '-x509', '-days', '2', '-CA', file(`${by}-ca.crt`), '-CAkey', file(`${by}-ca.key`)],
    ...['-addext', 'subjectAltName=IP:127.0.0.1', '-addext', 'basicConstraints=critical,CA:FALSE'],
    ...['-keyout', file(`${name}.key`), '-out', file(`${name}.crt`)],
  ]);
}

function run(name: string, env: NodeJS.ProcessEnv = {}): Promise<Headwater> {
  return cluster.run(name, {
    env: {
      HEADWATER_CLUSTER_TLS_CERT_FILE: file(`${name}.crt`),
      HEADWATER_CLUSTER_TLS_KEY_FILE: file(`${name}.key`),
      HEADWATER_CLUSTER_TLS_CA_FILE: file('ours-ca.crt'),
      ...env,
    },
  });
}

type Wire = { readonly server: Server; readonly address: string; seen(): Buffer };

/** A link that keeps what crosses it. */
async function tap(targetPort: number): Promise<Wire> {
  const pieces: Buffer[] = [];
  const server = createServer((near) => {
    const far = connect(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (bytes: Buffer) => pieces.push(bytes));
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    server,
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: () => Buffer.concat(pieces),
  };
}

const port = () => Number(wire.address.split(':')[1]);
const ask = (place: Omit<NodePlace, 'connect'>) =>
  askForStream({ connect: { host: '127.0.0.1', port: port() }, ...place }, ID, AbortSignal.timeout(20_000));
const refusals = (node: Headwater) =>
  node
    .log()
    .filter(({ message }) => message === REFUSED)
    .map(({ why }) => why);

async function filesOf(name: string) {
  const [cert, key, ca] = await Promise.all(
    [`${name}.crt`, `${name}.key`, 'ours-ca.crt'].map((each) => readFile(file(each))),
  );
  return { cert, key, ca };
}

describe('nodes with certificates', () => {
  it('copy streams, and nothing of it can be read on the way', async () => {
    cluster.push(one, 'secret');
    viewer = await cluster.watch(two, 'secret', {});
    await until('segments come', () => viewer.segments.length > 1);
    const seen = wire.seen();
    expect(seen.length).toBeGreaterThan(10_000);
    for (const word of [CLUSTER_TOKEN, 'Bearer', 'headwater-stream', 'secret', 'HTTP/1.1']) {
      expect([word, seen.includes(word)]).toEqual([word, false]);
    }
  });

  it('refuse one of another authority, one without TLS and one with another token, and the log says so', async () => {
    const ours = await filesOf('two');
    expect(await ask({ tls: await filesOf('stranger'), token: CLUSTER_TOKEN })).toEqual({
      kind: 'refused',
      status: 403,
    });
    await expect(ask({ token: CLUSTER_TOKEN })).rejects.toThrow();
    expect(await ask({ tls: ours, token: 'another token' })).toEqual({ kind: 'refused', status: 401 });
    await until('the log says it', () => refusals(one).length === 3);
    expect(refusals(one)).toEqual([
      expect.stringMatching(/^it has no certificate that cluster.tls.caFile signed/),
      expect.stringMatching(/^it speaks without TLS/),
      expect.stringMatching(/^its cluster.token is another one/),
    ]);
  });

  it('do not start, and end, where a file of theirs cannot be read', async () => {
    const start = run('three');
    await expect(start).rejects.toThrow(/^the server ended: \S+three\.(crt|key) cannot be read \(ENOENT\)/);
  });

  it('show a new certificate without a restart, and go on with what they had where the new one is none', async () => {
    const before = await certificateNumberAt(port());
    await copyFile(file('renewed.key'), file('one.key'));
    await copyFile(file('renewed.crt'), file('one.crt'));
    await until('the new one is shown', async () => (await certificateNumberAt(port())) !== before);
    await copyFile(file('stranger.key'), file('two.key'));
    await copyFile(file('stranger.crt'), file('two.crt'));
    const loaded = () => two.log().filter(({ message }) => message === 'certificate for other nodes loaded').length;
    await until('the other has a certificate of a stranger', () => loaded() === 2);
    cluster.push(one, 'other');
    await until('it plays there', async () => (await fetch(`${one.playback}/live/other.m3u8`)).ok);
    expect((await fetch(`${two.playback}/live/other.m3u8`)).status).toBe(404);
    const WHY = /^the answer was 403: the certificate of this node/;
    await until('it is said why', () =>
      two.log().some(({ message, trouble }) => message === 'copy of a stream is interrupted' && WHY.test(`${trouble}`)),
    );
    await copyFile(file('one.key'), file('two.key'));
    await copyFile(file('ours-ca.crt'), file('two.crt'));
    await until('what is no pair is refused', () =>
      two.log().some(({ message }) => message === 'certificate for other nodes refused, the one before it stays'),
    );
  });
});
