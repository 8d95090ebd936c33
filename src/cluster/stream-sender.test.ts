import { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { TrackSet } from '../live/index.ts';
import { publishAll, testAudioTrack, testPackets, testStream, testVideoTrack } from '../live/test-packets.ts';
import { StreamSender } from './stream-sender.ts';
import { type Frame, FrameReader } from './wire/index.ts';

const video = testVideoTrack();
const audio = testAudioTrack();

/** A stream that is sent, and what each write to the other side held. */
function sent(tracks: TrackSet) {
  const { stream, clock } = testStream();
  const packets = testPackets({ tracks, toMs: 1000 });
  publishAll(stream, tracks, packets.splice(0, 2));
  const reader = new FrameReader();
  const writes: Frame['kind'][][] = [];
  const take = (bytes: Uint8Array) => writes.push(reader.push(bytes).map(({ kind }) => kind));
  const socket = new Duplex({
    read: () => {},
    writev(chunks, callback) {
      take(Buffer.concat(chunks.map(({ chunk }) => chunk)));
      callback();
    },
  });
  new StreamSender({
    isWatched: true,
    ...{ stream, socket, clock, node: 'owner', epoch: 1, renditionsOf: () => [], maxBytes: 1e8, stallMs: 5000 },
  });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return { stream, packets, writes, turn };
}

describe('StreamSender', () => {
  it('sends sound with the picture that follows', async () => {
    const { stream, packets, writes, turn } = sent({ video, audio });
    await turn();
    writes.length = 0;
    let waiting = 0;
    for (const packet of packets.slice(0, 30)) {
      stream.publish(packet);
      await turn();
      if (packet.kind === 'audio') waiting++;
      else expect(writes.splice(0)).toEqual([Array(++waiting).fill('packet')]);
      if (packet.kind === 'video') waiting = 0;
      expect(writes).toEqual([]);
    }
  });

  it('sends sound as it comes where there are no pictures, and soon where they stay away', async () => {
    const alone = sent({ audio });
    await alone.turn();
    alone.writes.length = 0;
    for (const packet of alone.packets.slice(0, 3)) {
      alone.stream.publish(packet);
      await alone.turn();
    }
    expect(alone.writes).toEqual([['packet'], ['packet'], ['packet']]);

    const stalled = sent({ video, audio });
    await stalled.turn();
    stalled.writes.length = 0;
    const sounds = stalled.packets.filter(({ kind }) => kind === 'audio');
    for (const packet of sounds) {
      stalled.stream.publish(packet);
      await stalled.turn();
    }
    const spanMs = (sounds.at(-1)?.dtsMs ?? 0) - (sounds[0]?.dtsMs ?? 0);
    expect(stalled.writes.length).toBeGreaterThanOrEqual(Math.floor(spanMs / 130));
    expect(stalled.writes.length).toBeLessThanOrEqual(Math.ceil(spanMs / 100));
  });

  it('keeps nothing back when the publisher is gone', async () => {
    const { stream, packets, writes, turn } = sent({ video, audio });
    await turn();
    writes.length = 0;
    for (const packet of packets.filter(({ kind }) => kind === 'audio').slice(0, 2)) stream.publish(packet);
    await turn();
    expect(writes).toEqual([]);
    stream.interrupt();
    await turn();
    expect(writes).toEqual([['packet', 'packet', 'interrupted']]);
  });
});
