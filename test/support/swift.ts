import { mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { S3Options } from '../../src/storage/index.ts';
import { type Child, runToEnd, start } from './child.ts';
import { tempDir } from './temp-dir.ts';
import { until } from './until.ts';

/** What a `storages` entry of the configuration needs besides its name and kind. */
export type SwiftBucket = Required<Pick<S3Options, 'endpoint' | 'region' | 'bucket' | 'pathStyle' | 'credentials'>>;

/** OpenStack Swift with s3api: a real server of the S3 protocol, which checks signatures and checksums. */
export type Swift = {
  readonly bucket: SwiftBucket;
  addBucket(name: string): Promise<SwiftBucket>;
  /** Stops answering without closing anything. */
  freeze(): void;
  thaw(): void;
  /** Ends the proxy, connections and all. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
};

const CREDENTIALS = { accessKeyId: 'test:tester', secretAccessKey: 'testing' };
const KINDS = ['account', 'container', 'object'] as const;

/** One ring of one device for each server; swift-ring-builder would be started nine times. */
const MAKE_RINGS = `
import sys
from swift.common.ring import RingBuilder
home, rest = sys.argv[1], sys.argv[2:]
for kind, port in zip(rest[::2], rest[1::2]):
    builder = RingBuilder(4, 1, 0)
    builder.add_dev(dict(region=1, zone=1, ip='127.0.0.1', port=int(port), device='d1', weight=1.0, meta='',
                         replication_ip='127.0.0.1', replication_port=int(port)))
    builder.rebalance()
    builder.get_ring().save('%s/%s.ring.gz' % (home, kind))
`;

import { freePort } from './free-port.ts';

const MIDDLEWARE = `
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck cache listing_formats s3api tempauth bulk slo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
min_segment_size = 1048576
${['catch_errors', 'gatekeeper', 'healthcheck', 'listing_formats', 'bulk', 'slo']
  .map((name) => `[filter:${name}]\nuse = egg:swift#${name}`)
  .join('\n')}
`;

/** Starts one on free ports with everything in a folder of its own; it has the bucket `headwater`. */
export async function startSwift(): Promise<Swift> {
  const home = await tempDir('swift');
  const children: Child[] = [];
  const stop = async () => {
    for (const child of children) {
      child.process.kill('SIGCONT');
      await child.stop('SIGKILL');
    }
    await home.remove();
  };
  try {
    return await startIn(home.path, children, stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startIn(home: string, children: Child[], stop: () => Promise<void>): Promise<Swift> {
  const common = `[DEFAULT]
bind_ip = 127.0.0.1
workers = 0
user = ${userInfo().username}
swift_dir = ${home}
devices = ${home}/devices
mount_check = false
`;
  await mkdir(join(home, 'devices/d1'), { recursive: true });
  const hash = 'swift_hash_path_prefix = test\nswift_hash_path_suffix = test';
  await writeFile(join(home, 'swift.conf'), `[swift-hash]\n${hash}\n[storage-policy:0]\nname = one\ndefault = yes\n`);
  const servers = await Promise.all(KINDS.map(async (kind) => ({ kind, port: String(await freePort()) })));
  const [proxyPort, cachePort] = [await freePort(), await freePort()];
  const rings = servers.flatMap(({ kind, port }) => [kind, port]);
  await runToEnd('/usr/bin/python3', ['-c', MAKE_RINGS, home, ...rings]);
  for (const { kind, port } of servers) children.push(await startServer(home, `${common}bind_port = ${port}\n`, kind));
  children.push(start('memcached', ['-l', '127.0.0.1', '-p', String(cachePort), '-u', userInfo().username]));
  const cache = `[filter:cache]\nuse = egg:swift#memcache\nmemcache_servers = 127.0.0.1:${cachePort}\n`;
  const proxyConfig = join(home, 'proxy-server.conf');
  await writeFile(proxyConfig, `${common}bind_port = ${proxyPort}\n${MIDDLEWARE}${cache}`);
  const endpoint = `http://127.0.0.1:${proxyPort}`;
  const startProxy = async () => {
    const child = start('swift-proxy-server', [proxyConfig, '-v']);
    children.push(child);
    await until('Swift answers', () => isHealthy(endpoint, child), 60_000);
    return child;
  };
  let proxy = await startProxy();
  const place = { endpoint, region: 'us-east-1', pathStyle: true };
  const addBucket = async (bucket: string): Promise<SwiftBucket> => {
    await createBucket({ ...place, bucket, credentials: CREDENTIALS });
    return { ...place, bucket, credentials: { ...CREDENTIALS } };
  };
  return {
    bucket: await addBucket('headwater'),
    addBucket,
    freeze: () => proxy.process.kill('SIGSTOP'),
    thaw: () => proxy.process.kill('SIGCONT'),
    kill: async () => void (await proxy.stop('SIGKILL')),
    async restart() {
      proxy = await startProxy();
    },
    stop,
  };
}

async function startServer(home: string, common: string, kind: (typeof KINDS)[number]): Promise<Child> {
  const config = join(home, `${kind}-server.conf`);
  const app = `[pipeline:main]\npipeline = ${kind}-server\n[app:${kind}-server]\nuse = egg:swift#${kind}\n`;
  await writeFile(config, `${common}${app}`);
  return start(`swift-${kind}-server`, [config, '-v']);
}

async function isHealthy(endpoint: string, child: Child): Promise<boolean> {
  if (child.process.exitCode !== null) throw new Error(`swift-proxy-server ended: ${child.stderr()}${child.stdout()}`);
  return fetch(`${endpoint}/healthcheck`).then(
    ({ ok }) => ok,
    () => false,
  );
}

/** The servers behind the proxy may need a moment longer than it does. */
async function createBucket({ bucket, pathStyle, ...rest }: SwiftBucket): Promise<void> {
  const { credentials, ...where } = rest;
  const options = { ...where, credentials: { ...credentials }, forcePathStyle: pathStyle, maxAttempts: 20 };
  const client = new S3Client(options);
  await client.send(new CreateBucketCommand({ Bucket: bucket })).finally(() => client.destroy());
}
