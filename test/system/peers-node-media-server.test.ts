import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { type Child, start, tempDir, until } from '../support/index.ts';
import { framesOf, type MadeFlv, makeFlv } from '../support/peers.ts';
import { RtmpPlayer } from '../support/rtmp-player.ts';
import { RtmpPublisher } from '../support/rtmp-publisher.ts';

const LIBRARY = fileURLToPath(new URL('../../node_modules/node-media-server', import.meta.url));

let home: Awaited<ReturnType<typeof tempDir>>;
let peer: Child;
let port: number;
let picture: MadeFlv;

beforeAll(async () => {
  home = await tempDir('peer');
  picture = await makeFlv({ seconds: 3 });
  port = await freePort();
  const config = {
    bind: '127.0.0.1',
    notify: {},
    rtmp: { port },
    http: { port: await freePort() },
    auth: {},
    static: {},
  };
  const script = join(home.path, 'run.cjs');
  const library = JSON.stringify(LIBRARY);
  await writeFile(script, `new (require(${library}))(${JSON.stringify(config)}).run();\n`);
  peer = start(process.execPath, [script], { cwd: home.path });
  await until('the peer takes publishers', async () => {
    const probe = await RtmpPublisher.open({ port, path: 'live/probe' }).catch(() => undefined);
    await probe?.drop();
    return probe !== undefined;
  });
});

afterAll(async () => {
  await peer?.stop();
  await picture?.remove();
  await home?.remove();
});

describe('our RTMP client session with node-media-server', () => {
  it('pushes to it and pulls from it, every frame unchanged', async () => {
    const publisher = await RtmpPublisher.open({ port, path: 'live/demo' });
    const pushing = publisher.play(picture.tags, { speed: 2 });
    const player = await RtmpPlayer.open({ port, path: 'live/demo' });
    await pushing;
    const sent = framesOf(picture.tags, 'video');
    const last = sent.at(-1);
    await until(
      'the last frame arrived',
      () => framesOf(player.tags, 'video').at(-1)?.timestampMs === last?.timestampMs,
    );
    const got = framesOf(player.tags, 'video');
    const from = sent.length - got.length;
    expect(got.length).toBeGreaterThan(sent.length / 2);
    for (const [index, tag] of got.entries()) {
      expect(Buffer.compare(tag.payload, sent[from + index]!.payload)).toBe(0);
      expect(tag.timestampMs).toBe(sent[from + index]!.timestampMs);
    }
    await player.close();
    await publisher.unpublish();
  });
});
