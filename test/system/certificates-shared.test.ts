import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newMasterKey } from '../../src/store/index.ts';
import { freePort } from '../support/free-port.ts';
import { type Headwater, startHeadwater, tempDir, until } from '../support/index.ts';
import { NO_DATABASE } from '../support/open-server.ts';
import { type SystemPostgres, startSystemPostgres } from './store/helpers.ts';

type Node = { readonly server: Headwater; readonly tlsPort: number };
type Listed = { readonly certificates: readonly { readonly id: string; readonly hosts: readonly string[] }[] };

const HEADERS = { 'content-type': 'application/json' };
const masterKey = newMasterKey();
const known = new Set<string>();

let home: Awaited<ReturnType<typeof tempDir>>;
let database: SystemPostgres;
const running = new Set<Headwater>();
/** That of the node which was first started last counts in the database. */
let password = '';

beforeAll(async () => {
  home = await tempDir('shared-certificates');
  database = await startSystemPostgres();
});

afterAll(async () => {
  for (const server of running) await server.stop();
  database?.remove();
  await home?.remove();
});

async function startNode(name: string, hasDatabase = true): Promise<Node> {
  const [tlsPort, rtmpsPort] = [await freePort(), await freePort()];
  const server = await startHeadwater({
    dataDir: join(home.path, name),
    env: {
      ...(hasDatabase ? { DATABASE_URL: database.url } : NO_DATABASE),
      HEADWATER_MASTER_KEY: masterKey,
      HEADWATER_PLAYBACK_TLS_PORT: String(tlsPort),
      HEADWATER_RTMPS_PORT: String(rtmpsPort),
    },
  });
  running.add(server);
  if (!known.has(name)) password = server.secrets.adminPassword;
  known.add(name);
  return { server, tlsPort };
}

async function stop({ server }: Node): Promise<void> {
  running.delete(server);
  await server.stop();
}

async function api<T>({ server }: Node, path: string, init: RequestInit = {}): Promise<T> {
  const headers = { ...HEADERS, authorization: `Bearer ${password}` };
  const response = await fetch(`http://127.0.0.1:${server.controlPort}/api/v1${path}`, { ...init, headers });
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} ${text}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

async function upload(node: Node, name: string): Promise<void> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], { keyType: 'ec' });
  const body = JSON.stringify({ certificate: cert, key });
  await api(node, '/certificates', { method: 'POST', body });
}

/** The common name of what the HTTPS door shows; undefined where it does not listen. */
async function nameShown({ tlsPort }: Node, servername: string): Promise<unknown> {
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

const listed = async (node: Node) => (await api<Listed>(node, '/certificates')).certificates;
const hosts = async (node: Node) => (await listed(node)).flatMap((each) => each.hosts).toSorted();

async function remove(node: Node, name: string): Promise<void> {
  const found = (await listed(node)).find((each) => each.hosts.includes(name));
  await api(node, `/certificates/${found?.id}`, { method: 'DELETE' });
}

describe('certificates of the nodes of one database', () => {
  it('are shown by all of them, whichever took them, and kept at each for a start without the database', async () => {
    let one = await startNode('one', false);
    await upload(one, 'early.invalid');
    expect(await nameShown(one, 'early.invalid')).toBe('early.invalid');
    await stop(one);
    one = await startNode('one');
    let two = await startNode('two');
    await until('the other node shows it', async () => (await nameShown(two, 'early.invalid')) === 'early.invalid');
    await upload(two, 'late.invalid');
    expect(await nameShown(two, 'late.invalid')).toBe('late.invalid');
    await until('so does the first', async () => (await nameShown(one, 'late.invalid')) === 'late.invalid');
    const store = await readFile(join(home.path, 'one', 'certificates.json'), 'utf8');
    expect(store).not.toContain('PRIVATE KEY');

    await stop(two);
    await remove(one, 'early.invalid');
    two = await startNode('two', false);
    expect(await hosts(two)).toEqual(['early.invalid', 'late.invalid']);
    await expect(remove(two, 'late.invalid')).rejects.toThrow(/503.*DATABASE_UNAVAILABLE/);
    await upload(two, 'meanwhile.invalid');
    await stop(two);
    two = await startNode('two');
    const both = ['late.invalid', 'meanwhile.invalid'];
    await until('all is shared', async () => (await hosts(one)).length === 2 && (await hosts(two)).length === 2);
    expect([await hosts(one), await hosts(two)]).toEqual([both, both]);
    expect(await nameShown(one, 'meanwhile.invalid')).toBe('meanwhile.invalid');

    await upload(one, 'late.invalid');
    const [newest] = await listed(one);
    await until('the new one is in the place of the former', async () =>
      (await listed(two)).some(({ id }) => id === newest?.id),
    );
    expect(await hosts(two)).toEqual(both);
  });
});
