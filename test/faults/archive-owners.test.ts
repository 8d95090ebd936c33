import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { parseMediaPlaylist, parseMultivariantPlaylist } from '../../src/protocol/m3u8/index.ts';
import { type FaultyLink, faultyLink } from '../support/faulty-link.ts';
import { freePort } from '../support/free-port.ts';
import { type Headwater, startHeadwater, tempDir, until } from '../support/index.ts';
import { HlsViewer, type MadeFlv, makeFlv, OPEN_DOMAIN, playForEver, RtmpPublisher } from '../support/peers.ts';
import { type Swift, startSwift } from '../support/swift.ts';
import { type SystemPostgres, startSystemPostgres } from '../system/store/helpers.ts';

/** Numbers of a stream that nobody had before begin with the second in which it is published. */
const MOST_TRIES = 10;

type Node = { readonly server: Headwater; readonly links: readonly FaultyLink[]; readonly archive: string };

let database: SystemPostgres;
let swift: Swift;
let home: Awaited<ReturnType<typeof tempDir>>;
let nodes: readonly Node[] = [];
let pictures: readonly MadeFlv[] = [];

beforeAll(async () => {
  home = await tempDir('archive-owners');
  [database, swift] = [await startSystemPostgres(), await startSwift()];
  const made = ['160x90', '320x180'].map((size) => makeFlv({ seconds: 4, gop: 30, size, audio: false }));
  pictures = await Promise.all(made);
  nodes = [await run('one'), await run('two')];
}, 300_000);

afterAll(async () => {
  for (const { server, links } of nodes) {
    for (const link of links) link.comeBack();
    await server.stop();
    for (const link of links) await link.close();
  }
  for (const picture of pictures) await picture.remove();
  await swift?.stop();
  database?.remove();
  await home?.remove();
});

/** A node that the others and the database are behind links of, with the bucket that all have. */
async function run(name: string): Promise<Node> {
  const clusterPort = await freePort();
  const links = [await faultyLink(clusterPort), await faultyLink(Number(new URL(database.url).port))] as const;
  const { pathStyle: _, credentials, ...rest } = swift.bucket;
  const config = join(home.path, `${name}.yml`);
  const archive = join(home.path, name, 'archive');
  const storages = [{ ...rest, ...credentials, name: 'cloud', kind: 's3', pathStyle: 'on' }];
  await writeFile(config, stringify({ archiveDir: archive, storages }));
  const server = await startHeadwater({
    rules: {
      domains: [OPEN_DOMAIN],
      streams: [
        {
          match: {},
          ...{ publish: { waitSeconds: 1, secondPublisher: 'takeover' }, hls: { segmentSeconds: 1 } },
          ...{ timeShift: { enabled: true }, archive: { storage: 'cloud', localHours: 0 } },
        },
      ],
    },
    dataDir: join(home.path, name),
    env: {
      HEADWATER_CONFIG: config,
      ...{ DATABASE_URL: `postgres://postgres@127.0.0.1:${links[1].port}/postgres`, HEADWATER_NODE_NAME: name },
      HEADWATER_MASTER_KEY: Buffer.alloc(32, 13).toString('base64'),
      HEADWATER_CLUSTER_TOKEN: 'a token that both the nodes of this cluster share',
      ...{ HEADWATER_CLUSTER_HOST: '127.0.0.1', HEADWATER_CLUSTER_PORT: String(clusterPort) },
      HEADWATER_CLUSTER_ADDRESS: `127.0.0.1:${links[0].port}`,
    },
  });
  return { server, links, archive };
}

/** An encoder and a viewer at each node, each with a picture of its own. */
async function pushToBoth(name: string) {
  const publishers = await Promise.all(
    nodes.map(({ server }) => RtmpPublisher.open({ port: server.rtmpPort, path: `live/${name}` })),
  );
  const playing = publishers.map((publisher, index) => playForEver(publisher, pictures[index]!.tags));
  return {
    publishers,
    stop: async () => {
      for (const each of playing) await each.stop();
      for (const publisher of publishers) if (!publisher.isClosed) await publisher.unpublish();
    },
  };
}

const daysOf = async ({ archive }: Node, name: string) => {
  const folder = join(archive, 'default/live', name);
  return (await readdir(folder).catch(() => [] as string[])).map((day) => join(folder, day));
};

async function slicesOf(node: Node, name: string): Promise<string[]> {
  const files = (await daysOf(node, name)).map(async (day) => (await readdir(day)).map((file) => join(day, file)));
  return (await Promise.all(files)).flat().filter((file) => file.endsWith('.mp4'));
}

const firstOf = async (node: Node, name: string) => (await slicesOf(node, name))[0]?.split('/').at(-1);

async function isUploaded(node: Node, name: string): Promise<boolean> {
  const indexes = await Promise.all((await daysOf(node, name)).map((day) => readFile(join(day, 'index'), 'utf8')));
  return indexes.length > 0 && indexes.every((index) => index.includes('["u"'));
}

/** The past of a stream as a node gives it, by number. */
async function pastOf({ server }: Node, name: string, fromMs: number): Promise<Map<number, Buffer | string>> {
  const range = `aliyunols=on&lhs_start_unix_ms_0=${fromMs}&lhs_vodend_unix_ms_0=${Date.now()}&container=fmp4`;
  const url = `${server.playback}/live/${name}.m3u8?${range}`;
  const [variant] = parseMultivariantPlaylist(await (await fetch(url)).text()).variants;
  const playlist = new URL(variant?.uri ?? '', url).href;
  const { segments } = parseMediaPlaylist(await (await fetch(playlist)).text());
  const found = segments.map(async ({ uri }): Promise<[number, Buffer | string]> => {
    const answer = await fetch(new URL(uri, playlist).href);
    const bytes = Buffer.from(await answer.arrayBuffer());
    return [Number.parseInt(uri, 10), answer.ok ? bytes : `${answer.status} ${bytes}`];
  });
  return new Map(await Promise.all(found));
}

describe('two nodes that kept the same stream at the same time, and bring it into one bucket', () => {
  it('have each its own, the older owner and the newer one', async () => {
    for (const { links } of nodes) for (const link of links) link.goDark();
    let pushed: Awaited<ReturnType<typeof pushToBoth>> | undefined;
    let name = '';
    let fromMs = 0;
    for (let tries = 0; !pushed && tries < MOST_TRIES; tries++) {
      name = `twice-${tries}`;
      fromMs = Date.now();
      const both = await pushToBoth(name);
      const firsts = await until('both keep it', async () => {
        const found = await Promise.all(nodes.map((node) => firstOf(node, name)));
        return found.every((first) => first !== undefined) && found;
      });
      if (firsts[0] === firsts[1]) pushed = both;
      else await both.stop();
    }
    if (!pushed) throw new Error('the two never began in the same second');
    const viewers = await Promise.all(
      nodes.map(({ server }) => HlsViewer.open(`${server.playback}/live/${name}.m3u8`, { container: 'fmp4' })),
    );
    await until('both have played', () => viewers.every(({ segments }) => segments.length > 5));
    const seen = viewers.map(({ segments }) => new Map(segments.map(({ number, bytes }) => [number, bytes])));
    await Promise.all(viewers.map((viewer) => viewer.close()));

    for (const { links } of nodes) for (const link of links) link.comeBack();
    await until('one of them gave it up', () => pushed.publishers.some(({ isClosed }) => isClosed));
    await pushed.stop();
    await until(
      'both are in the bucket',
      async () => (await Promise.all(nodes.map((node) => isUploaded(node, name)))).every((each) => each),
      180_000,
    );
    for (const node of nodes) for (const file of await slicesOf(node, name)) await rm(file);
    const compared = await Promise.all(
      nodes.map(async (node, index) => {
        const past = await pastOf(node, name, fromMs);
        const both = [...(seen[index] ?? [])].filter(([number]) => past.has(number));
        for (const [number, bytes] of both) {
          const given = past.get(number);
          expect([index, number, typeof given === 'string' ? given : given?.equals(bytes)]).toEqual([
            index,
            number,
            true,
          ]);
        }
        return both.length;
      }),
    );
    console.log(`${compared.join(' and ')} segments of one number from one bucket, each its node's own`);
    for (const count of compared) expect(count).toBeGreaterThan(3);
  }, 400_000);
});
