import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { expect } from 'vitest';
import { openDescriptors } from '../support/descriptors.ts';
import { makeFlv } from '../support/flv-file.ts';
import { FlvViewer } from '../support/flv-viewer.ts';
import { type Headwater, until } from '../support/index.ts';
import { playForEver, RtmpPublisher } from '../support/rtmp-publisher.ts';
import { FUZZ } from './mutations.ts';

/** At a time, as strangers come. */
const AT_ONCE = 25;
const LEFT_OPEN_MS = 25_000;

const open = { type: 'no_auth' as const };
export const OPEN_RULES = { domains: [{ name: 'default', push: { auth: open }, play: { auth: open } }] };

/** A server whose stream `live/one` is published and watched while strangers ask it things. */
export type Watched = {
  /** What is open from now on is open for longer. */
  begin(): Promise<void>;
  /** Each of them is told to the server, some at the same time. */
  tellAll(
    inputs: fc.Arbitrary<Buffer>,
    port: number,
    check: (answer: string) => void,
    isWhole?: (answer: string) => boolean,
  ): Promise<void>;
  /** The stream goes on, nobody was sent away, nothing is left over, and nothing was logged as an error. */
  expectUnhurt(): Promise<void>;
  close(): Promise<void>;
};

export async function watch(server: Headwater): Promise<Watched> {
  const pid = server.child.process.pid ?? 0;
  const flv = await makeFlv({ seconds: 4, gop: 30, size: '160x90' });
  const publisher = await RtmpPublisher.open({ port: server.rtmpPort, path: 'live/one' });
  const sending = playForEver(publisher, flv.tags);
  const viewer = await until('the stream plays', () =>
    FlvViewer.open(`${server.playback}/live/one.flv`).catch(() => undefined),
  );
  let descriptors = 0;
  const expectUnhurt = async () => {
    const seen = viewer.tags.length;
    await until('the viewer has more', () => viewer.tags.length > seen);
    expect([publisher.isClosed, viewer.isClosed]).toEqual([false, false]);
    expect(server.log().filter(({ level }) => level === 'error')).toEqual([]);
    await until('nothing is left open', async () => (await openDescriptors(pid)) < descriptors + 20, 60_000);
  };
  return {
    begin: async () => {
      descriptors = await openDescriptors(pid);
    },
    async tellAll(inputs, port, check, isWhole = hasHead) {
      const all = fc.sample(inputs, FUZZ);
      for (let from = 0; from < all.length; from += AT_ONCE) {
        const some = all.slice(from, from + AT_ONCE);
        await Promise.all(some.map((bytes) => tellOne(port, bytes, check, isWhole)));
      }
      await expectUnhurt();
    },
    expectUnhurt,
    close: async () => {
      await viewer.close();
      await sending.stop();
      await publisher.drop();
      await flv.remove();
    },
  };
}

async function tellOne(
  port: number,
  bytes: Buffer,
  check: (answer: string) => void,
  isWhole: (answer: string) => boolean,
): Promise<void> {
  let answer = '';
  try {
    answer = await tell(port, bytes, isWhole);
    check(answer);
  } catch (error) {
    const told = JSON.stringify(bytes.toString('latin1').slice(0, 2000));
    throw new Error(`${told} brought ${answer.slice(0, 500)}`, { cause: error });
  }
}

/** Sends bytes and the end of them, and gives the head of the answer, once there is one or the server closes. */
export async function tell(
  port: number,
  bytes: Uint8Array,
  isWhole: (answer: string) => boolean = hasHead,
): Promise<string> {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let answer = '';
  await new Promise<void>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the server leaves the connection open')), LEFT_OPEN_MS);
    const done = () => {
      clearTimeout(late);
      resolve();
    };
    socket.on('error', () => socket.destroy());
    socket.once('close', done);
    socket.on('data', (some) => {
      if (answer.length < 65_536) answer += some.toString('latin1');
      if (isWhole(answer)) socket.destroy();
    });
    socket.end(bytes);
  });
  return answer;
}

const hasHead = (answer: string) => answer.includes('\r\n\r\n') && !answer.startsWith('HTTP/1.1 1');

/** An answer of HTTP without a fault of the server's; nothing at all for what is no request. */
export function isNoFault(answer: string): void {
  const statuses = [...answer.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status));
  expect(statuses.filter((status) => status >= 500 && status !== 503 && status !== 501)).toEqual([]);
}
