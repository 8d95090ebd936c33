import { afterAll, beforeAll, describe, it } from 'vitest';
import { encodeFrame, type Frame } from '../../src/cluster/wire/index.ts';
import { concat } from '../../src/protocol/bytes/index.ts';
import { CLUSTER_TOKEN, openCluster, type TestCluster } from '../support/cluster.ts';
import { freePort } from '../support/free-port.ts';
import { mutated } from './mutations.ts';
import { isNoFault, OPEN_RULES, type Watched, watch } from './watched.ts';

let cluster: TestCluster;
let watched: Watched;
let port: number;

beforeAll(async () => {
  port = await freePort();
  cluster = await openCluster('fuzz-nodes', { rules: OPEN_RULES });
  watched = await watch(await cluster.run('one', { env: { HEADWATER_CLUSTER_PORT: String(port) } }));
  await watched.begin();
}, 180_000);

afterAll(async () => {
  await watched?.close();
  await cluster?.close();
});

const TOKEN = `Authorization: Bearer ${CLUSTER_TOKEN}`;
const head = (...lines: readonly string[]) => `${lines.join('\r\n')}\r\nHost: a\r\n\r\n`;
const posted = (path: string, body: unknown) => {
  const text = JSON.stringify(body);
  const lines = [`POST /cluster/v1/${path} HTTP/1.1`, TOKEN, 'Content-Type: application/json'];
  return `${[...lines, `Content-Length: ${text.length}`].join('\r\n')}\r\nHost: a\r\n\r\n${text}`;
};
const upgrade = (path: string, protocol: string, ...lines: readonly string[]) =>
  head(`GET /cluster/v1/${path} HTTP/1.1`, TOKEN, 'Connection: Upgrade', `Upgrade: ${protocol}`, ...lines);

const facts = {
  ...{ role: 'backup', sessionId: 's', address: '192.0.2.1', host: 'a', query: '', encoder: 'e', node: 'two' },
};
const sourceHeader = `headwater-source: ${Buffer.from(JSON.stringify(facts)).toString('base64url')}`;
const caller = {
  ...{ kind: 'owner', name: 'owner', address: '192.0.2.1', mustEnrol: false },
  policies: [[{ effect: 'allow', actions: ['*'], resources: ['*'] }]],
};
const call = { name: 'listStreams', params: {}, query: {}, caller, askedAt: 'two' };

describe('who is nearly a node', () => {
  it('with another token, or none', async () => {
    const seeds = [
      upgrade('streams/default/live/one', 'headwater-stream').replace(TOKEN, 'Authorization: Bearer x'),
      posted('operations', call).replace(TOKEN, 'Authorization: Bearer'),
      head('GET /cluster/v1/viewers/live/one.m3u8 HTTP/1.1', 'headwater-peer: https 192.0.2.1'),
    ];
    await watched.tellAll(mutated(seeds), port, (answer) => {
      isNoFault(answer);
      if (answer !== '' && !/^HTTP\/1\.1 4\d\d /.test(answer)) throw new Error('it was let in');
    });
  });

  it('asks for something', async () => {
    const seeds = [
      head('GET /cluster/v1/publishers/default/live/one HTTP/1.1', TOKEN),
      head('GET /cluster/v1/streams HTTP/1.1', TOKEN),
      head('GET /cluster/v1/streams/default/live/one HTTP/1.1', TOKEN),
      head('GET /cluster/v1/pictures/default/live/one HTTP/1.1', TOKEN),
      head('GET /cluster/v1/node HTTP/1.1', TOKEN),
      head('GET /cluster/v1/files/getRecordingFile/%7B%22domain%22%3A%22default%22%7D HTTP/1.1', TOKEN),
      head('GET /cluster/v1/viewers/live/one.m3u8?a=b HTTP/1.1', TOKEN, 'headwater-peer: http 192.0.2.1'),
      head('HEAD /cluster/v1/viewers/live/one/~x/live.m3u8 HTTP/1.1', TOKEN, 'headwater-peer: https ::1'),
      head('GET /cluster/v1/viewers/live/one.jpg HTTP/1.1', TOKEN, 'headwater-peer: http 192.0.2.1', 'Range: bytes=0-'),
    ];
    await watched.tellAll(mutated(seeds), port, isNoFault);
  });

  it('forwards an operation, or tells of a block', async () => {
    const block = { domain: 'no.test', app: 'live', stream: 'x', sinceMs: 1, untilMs: 2, reason: '', by: '' };
    const seeds = [
      posted('operations', call),
      posted('operations', { ...call, name: 'getStream', params: { domain: 'default', app: 'live', stream: 'one' } }),
      posted('operations', { ...call, body: { __proto__: null, constructor: { prototype: 1 } }, ifMatch: '"x"' }),
      posted('blocks', [{ ...block, changedMs: 3, isLifted: true }]),
    ];
    await watched.tellAll(mutated(seeds, 3), port, isNoFault);
  });

  it('makes a copy of a stream, or brings a source of one', async () => {
    const media: Frame = { kind: 'media', media: 'video', timestamp: 7, data: Uint8Array.of(0x17, 1, 0, 0, 0, 9) };
    const frames = (...some: readonly Frame[]) => Buffer.from(concat(some.flatMap(encodeFrame))).toString('latin1');
    const sources = [
      upgrade('sources/default/live/one', 'headwater-source', sourceHeader) + frames(media, { kind: 'unpublished' }),
      upgrade('sources/default/live/one', 'headwater-source', sourceHeader) + frames({ kind: 'alive' }, media),
    ].map((text) => Buffer.from(text, 'latin1'));
    await watched.tellAll(mutated(sources, 3), port, isNoFault, () => false);
    const copies = [upgrade('streams/default/live/one', 'headwater-stream') + frames({ kind: 'alive' })];
    await watched.tellAll(mutated(copies, 3), port, isNoFault, (answer) => answer.length > 120);
  });
});
