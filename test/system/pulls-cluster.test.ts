import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Headwater, startHeadwater, tempDir, until } from '../support/index.ts';
import { type MediaPeer, mediaPeer } from '../support/media-peer.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';
import { type SystemPostgres, startSystemPostgres } from './store/helpers.ts';

const MASTER_KEY = Buffer.alloc(32, 7).toString('base64');
const nodes: Headwater[] = [];
let database: SystemPostgres;
let peer: MediaPeer;
let home: Awaited<ReturnType<typeof tempDir>>;

beforeAll(async () => {
  database = await startSystemPostgres();
  peer = await mediaPeer();
  peer.publish('live/source');
  home = await tempDir('pulls-cluster');
  for (const name of ['one', 'two']) nodes.push(await run(name));
});

afterAll(async () => {
  await Promise.all(nodes.map((node) => node.stop()));
  await peer?.close();
  database?.remove();
  await home?.remove();
});

function run(node: string): Promise<Headwater> {
  const match = { domain: 'default', app: 'live', stream: 'demo' };
  const pulls = [{ name: 'demo', match, sources: [{ url: `${peer.rtmp}/live/source` }] }];
  const env = { DATABASE_URL: database.url, HEADWATER_NODE_NAME: node, HEADWATER_MASTER_KEY: MASTER_KEY };
  return startHeadwater({ rules: { domains: [OPEN_DOMAIN], pulls }, dataDir: join(home.path, node), env });
}

/** The users are those of the database, so it is seen by who plays. */
async function plays(node: Headwater): Promise<boolean> {
  const answer = await fetch(`${node.playback}/live/demo.m3u8`);
  await answer.body?.cancel();
  return answer.status === 200;
}

it('is fetched by one node of two, and by the other one when that is killed', async () => {
  const states = () => Promise.all(nodes.map(plays));
  await until('one has it', async () => (await states()).includes(true));
  const first = (await states()).indexOf(true);
  const other = nodes[1 - first] as Headwater;
  const owner = nodes[first] as Headwater;
  // Longer than either of them takes to look.
  const both = async () => (await states()).every((each) => each);
  const atMs = performance.now();
  await until('a while has passed', async () => {
    expect(await both()).toBe(false);
    return performance.now() - atMs > 8000;
  });
  await owner.child.stop('SIGKILL');
  await until('the other one has it', () => plays(other));
});
