import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import {
  type Child,
  type Headwater,
  start,
  startHeadwater,
  tempDir,
  testPictureArgs,
  until,
} from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';
import { type SystemPostgres, startSystemPostgres } from './store/helpers.ts';

const NAMES = ['one', 'two'] as const;
type Name = (typeof NAMES)[number];

const nodes = {} as Record<Name, Headwater>;
const encoders: Child[] = [];
let database: SystemPostgres;
let home: Awaited<ReturnType<typeof tempDir>>;

beforeAll(async () => {
  database = await startSystemPostgres();
  home = await tempDir('cluster-control');
  for (const name of NAMES) nodes[name] = await run(name);
  await until('both are there', async () => (await nodes.one.metric('headwater_cluster_nodes')) === 2);
}, 300_000);

afterAll(async () => {
  await Promise.all(encoders.map((encoder) => encoder.stop('SIGKILL')));
  for (const node of Object.values(nodes)) node.child.process.kill('SIGCONT');
  await Promise.all(Object.values(nodes).map((node) => node.stop()));
  database?.remove();
  await home?.remove();
});

async function run(name: Name): Promise<Headwater> {
  return startHeadwater({
    rules: { domains: [OPEN_DOMAIN] },
    dataDir: join(home.path, name),
    env: {
      DATABASE_URL: database.url,
      HEADWATER_NODE_NAME: name,
      HEADWATER_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
      HEADWATER_CLUSTER_HOST: '127.0.0.1',
      HEADWATER_CLUSTER_PORT: String(await freePort()),
      HEADWATER_CLUSTER_TOKEN: 'a token that both nodes of this cluster share',
    },
  });
}

/** FFmpeg pushes a picture to a node. */
function push(to: Headwater, name: string): Child {
  const encoder = start('ffmpeg', [...testPictureArgs({ seconds: 600 }), '-f', 'flv', `${to.rtmp}/live/${name}`]);
  encoders.push(encoder);
  return encoder;
}

const publishing = (node: Headwater) => node.metric('headwater_streams{state="publishing"}');
const refused = (node: Headwater) => node.metric('headwater_publishes_total{result="STREAM_BUSY"}');

describe('a second publisher', () => {
  it('is refused on every node while the first one sends', async () => {
    push(nodes.one, 'demo');
    await until('it is live', async () => (await publishing(nodes.one)) === 1);
    const second = push(nodes.two, 'demo');
    expect(await second.exited).not.toBe(0);
    expect(await refused(nodes.two)).toBe(1);
    expect([await publishing(nodes.one), await publishing(nodes.two)]).toEqual([1, 0]);
  });

  it('is refused without the database, too, and let in where the owner says nothing', async () => {
    database.stop();
    await until('the node knows', async () => (await nodes.two.metric('headwater_database_up')) === 0);
    const second = push(nodes.two, 'demo');
    expect(await second.exited).not.toBe(0);
    expect(await refused(nodes.two)).toBe(2);
    nodes.one.child.process.kill('SIGSTOP');
    push(nodes.two, 'demo');
    await until('it is published there', async () => (await publishing(nodes.two)) === 1);
    nodes.one.child.process.kill('SIGCONT');
  });
});
