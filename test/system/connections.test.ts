import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type Headwater, until } from '../support/index.ts';
import { counted, openServer } from '../support/open-server.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

async function limited(env: NodeJS.ProcessEnv): Promise<Headwater> {
  const server = await openServer([], { env });
  cleanups.push(() => server.stop());
  return server;
}

/** A connection that says nothing, and whether the server has closed it. */
async function open(port: number, localAddress = '127.0.0.1'): Promise<{ socket: Socket; isClosed(): boolean }> {
  const socket = connect({ port, host: '127.0.0.1', localAddress });
  let isClosed = false;
  socket.on('error', () => socket.destroy());
  socket.resume().once('close', () => {
    isClosed = true;
  });
  await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  cleanups.push(() => socket.destroy());
  return { socket, isClosed: () => isClosed };
}

const atRtmp = 'headwater_rtmp_connections_ended_total{reason="REFUSED"}';
const atPlayback = 'headwater_playback_connections_refused_total{reason="LIMIT"}';

describe('limits of connections', () => {
  it('count publishers and viewers together', async () => {
    const server = await limited({ HEADWATER_LIMITS_CONNECTIONS: '3' });
    const first = await open(server.rtmpPort);
    const kept = [first, await open(server.rtmpPort), await open(server.playbackPort)];
    const viewer = await open(server.playbackPort);
    const publisher = await open(server.rtmpPort);
    await until('both are closed', () => viewer.isClosed() && publisher.isClosed());
    expect(kept.map((each) => each.isClosed())).toEqual([false, false, false]);
    expect([await counted(server, atRtmp), await counted(server, atPlayback)]).toEqual([1, 1]);

    first.socket.destroy();
    const viewers: { isClosed(): boolean }[] = [];
    await until('one may come in its place', async () => {
      const next = await open(server.playbackPort);
      viewers.push(next);
      await new Promise((resolve) => setTimeout(resolve, 100));
      return !next.isClosed();
    });
    expect(viewers.at(-1)?.isClosed()).toBe(false);
  });

  it('of one address count both doors, and no other address', async () => {
    const server = await limited({ HEADWATER_LIMITS_CONNECTIONS_PER_ADDRESS: '2' });
    await open(server.rtmpPort);
    await open(server.playbackPort);
    const third = await open(server.playbackPort);
    await until('the third is closed', third.isClosed);
    const elsewhere = await open(server.playbackPort, '127.0.0.2');
    const again = await open(server.rtmpPort);
    await until('another one is closed', again.isClosed);
    expect(elsewhere.isClosed()).toBe(false);
    expect([await counted(server, atRtmp), await counted(server, atPlayback)]).toEqual([1, 1]);
  });
});
