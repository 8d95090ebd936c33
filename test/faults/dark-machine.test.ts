import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { openCluster, type TestCluster } from '../support/cluster.ts';
import { freePort } from '../support/free-port.ts';
import { blockOfGuide, haproxyAt, nginxAt } from '../support/guide.ts';
import { type HAProxy, startHAProxy } from '../support/haproxy.ts';
import { type Headwater, until } from '../support/index.ts';
import { type Machine, type Network, openNetwork, whyNoNetwork } from '../support/network.ts';
import { type Nginx, startNginx } from '../support/nginx.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';
import { ReconnectingViewer } from '../support/reconnecting-viewer.ts';

type Node = { readonly server: Headwater; readonly machine: Machine };

const METRICS_PORT = 9100;
const CABLES = ['front', 'back'] as const;
const why = whyNoNetwork();
if (why !== undefined) console.log(`no machine goes dark behind a balancer: ${why}`);

let network: Network;
let cluster: TestCluster;
let haproxy: HAProxy;
let nginx: Nginx;
const nodes: Record<string, Node> = {};
let doors: Record<'HAProxy' | 'nginx', string>;

async function run(name: string): Promise<void> {
  const machine = network.machine(name);
  const env = {
    HEADWATER_CLUSTER_HOST: machine.backAddress,
    HEADWATER_METRICS_HOST: machine.address,
    HEADWATER_METRICS_PORT: String(METRICS_PORT),
  };
  nodes[name] = { server: await cluster.run(name, { machine, env }), machine };
}

/** Who has the viewer. */
async function theirNode(): Promise<Node | undefined> {
  for (const node of [nodes.one, nodes.two]) {
    if (node && (await node.server.metric('headwater_viewers{protocol="flv"}'))) return node;
  }
  return undefined;
}

/** What Linux is told on the balancer, as the guide says. */
function setKeepalive(machine: Machine, guide: string): void {
  const settings = guide.trim().split(' ').slice(2);
  execFileSync(...machine.command('sysctl', ['-q', '-w', ...settings]));
}

describe.skipIf(why !== undefined)('players behind the balancers of the guide', () => {
  beforeAll(async () => {
    network = openNetwork();
    cluster = await openCluster('dark-machine', { rules: { domains: [OPEN_DOMAIN] }, network });
    for (const name of ['one', 'two', 'three']) await run(name);
    const of = (name: string) => nodes[name] as Node;
    const at = { rtmp: await freePort(), playback: await freePort() };
    const shown = (name: string) => {
      const { server, machine } = of(name);
      return { address: machine.address, rtmp: server.rtmpPort, playback: server.playbackPort, metrics: METRICS_PORT };
    };
    const both = { one: shown('one'), two: shown('two') };
    haproxy = await startHAProxy(haproxyAt(await blockOfGuide('cluster.md', 'haproxy-cluster.cfg'), at, both), 4);
    const balancer = network.machine('balancer');
    setKeepalive(balancer, await blockOfGuide('cluster.md', 'nginx-keepalive'));
    const hosts = { one: new URL(of('one').server.playback).host, two: new URL(of('two').server.playback).host };
    nginx = await startNginx(nginxAt(await blockOfGuide('cluster.md', 'nginx-cluster.conf'), hosts), {}, balancer);
    cluster.push(of('three').server);
    await until('it plays', async () => (await fetch(`${of('one').server.playback}/live/demo.m3u8`)).ok);
    doors = { HAProxy: `http://127.0.0.1:${at.playback}`, nginx: nginx.url };
  }, 300_000);

  afterAll(async () => {
    await cluster?.close();
    await Promise.all([nginx?.stop(), haproxy?.stop()]);
    network?.close();
  });

  it.each([
    ['HAProxy', 'machine of their node goes dark', 'dark'],
    ['HAProxy', 'process of their node hangs', 'hangs'],
    // Nobody asks how a node is there.
    ['nginx', 'machine of their node goes dark', 'dark'],
  ] as const)('go on through %s when the %s', async (balancer, _what, fault) => {
    const viewer = cluster.closing(new ReconnectingViewer(`${doors[balancer]}/live/demo.flv`));
    await until('pictures come', () => viewer.cameMs.length > 50);
    const { server, machine } = await until('its node is known', theirNode);
    const sinceMs = performance.now();
    if (fault === 'dark') for (const cable of CABLES) machine.unplug(cable);
    else server.child.process.kill('SIGSTOP');
    const before = viewer.connections;
    await until('it is connected again', () => viewer.connections > before);
    const came = viewer.cameMs.length;
    await until('pictures come again', () => viewer.cameMs.length > came + 50);
    console.log(`${balancer}, ${fault}: ${Math.round(viewer.longestGapMs(sinceMs))} ms without a picture`);
    if (fault === 'dark') for (const cable of CABLES) machine.plug(cable);
    else server.child.process.kill('SIGCONT');
    await until('the balancer has both again', async () => (await haproxy.up()) === 4);
    await viewer.close();
    await until('its node is free', async () => (await theirNode()) === undefined);
  });
});
