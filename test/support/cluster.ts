import { join } from 'node:path';
import type { RulesInput } from '../../src/rules/index.ts';
import { type SystemPostgres, startSystemPostgres } from '../system/store/helpers.ts';
import { type Child, start } from './child.ts';
import { freePort } from './free-port.ts';
import { type Headwater, type HeadwaterOptions, startHeadwater } from './headwater.ts';
import { type HlsOptions, HlsViewer } from './hls-viewer.ts';
import type { Network } from './network.ts';
import { type TestPicture, testPictureArgs } from './publish.ts';
import { tempDir } from './temp-dir.ts';
import { until } from './until.ts';

export const CLUSTER_TOKEN = 'a token that all the nodes of this cluster share';

export type ClusterOptions = {
  readonly rules: RulesInput;
  /** Where the machines of the nodes are; this one without it. */
  readonly network?: Network;
  /** How nodes are stopped in the end. */
  readonly endBy?: NodeJS.Signals;
};

/** Nodes on one PostgreSQL. */
export type TestCluster = {
  readonly database: SystemPostgres;
  /** Where each node has its data, under its name. */
  readonly folder: string;
  /** Starts a node, or again one that has ended, in its folder; with what it has beyond the others. */
  run(name: string, options?: Pick<HeadwaterOptions, 'env' | 'machine'>): Promise<Headwater>;
  /** FFmpeg pushes a test picture to a node, as `live/{stream}`, until the cluster is closed. */
  push(to: Headwater, stream?: string, picture?: TestPicture): Child;
  /** Follows a stream at a node, once it plays there, until the cluster is closed. */
  watch(at: Headwater, stream?: string, options?: HlsOptions): Promise<HlsViewer>;
  /** What is closed before the nodes are stopped. */
  closing<T extends { close(): Promise<void> }>(thing: T): T;
  /** Asks a node's API. The users are those of the database: the administrator's password is the first node's. */
  ask<T>(node: Headwater, path: string, init?: RequestInit): Promise<T>;
  close(): Promise<void>;
};

/** Opens a cluster without nodes. */
export async function openCluster(called: string, options: ClusterOptions): Promise<TestCluster> {
  const { rules, network, endBy } = options;
  const database = await startSystemPostgres({}, network);
  const home = await tempDir(called);
  const nodes: Headwater[] = [];
  const encoders: Child[] = [];
  const viewers: { close(): Promise<void> }[] = [];
  return {
    database,
    folder: home.path,
    async run(name, { env, machine } = {}) {
      const node = await startHeadwater({
        ...{ rules, dataDir: join(home.path, name), ...(machine && { machine }) },
        env: {
          ...{ DATABASE_URL: database.url, HEADWATER_NODE_NAME: name, HEADWATER_CLUSTER_TOKEN: CLUSTER_TOKEN },
          HEADWATER_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'),
          ...{ HEADWATER_CLUSTER_HOST: '127.0.0.1', HEADWATER_CLUSTER_PORT: String(await freePort()) },
          ...env,
        },
      });
      nodes.push(node);
      return node;
    },
    push(to, stream = 'demo', picture = {}) {
      const args = [...testPictureArgs({ seconds: 600, ...picture }), '-f', 'flv', `${to.rtmp}/live/${stream}`];
      const encoder = start('ffmpeg', args);
      encoders.push(encoder);
      return encoder;
    },
    async watch(at, stream = 'demo', how = { container: 'fmp4' }) {
      const address = `${at.playback}/live/${stream}.m3u8`;
      await until(`${stream} plays`, async () => (await fetch(address, { method: 'HEAD' })).ok);
      const viewer = await HlsViewer.open(address, how);
      viewers.push(viewer);
      return viewer;
    },
    closing(thing) {
      viewers.push(thing);
      return thing;
    },
    ask(node, path, init) {
      const authorization = `Bearer ${nodes[0]?.secrets.adminPassword}`;
      return node.api(path, { ...init, headers: { authorization, 'content-type': 'application/json' } });
    },
    async close() {
      await Promise.all(viewers.map((viewer) => viewer.close()));
      await Promise.all(encoders.map((encoder) => encoder.stop('SIGKILL')));
      for (const node of nodes) node.child.process.kill('SIGCONT');
      await Promise.all(nodes.map((node) => node.stop(endBy)));
      database.remove();
      await home.remove();
    },
  };
}
