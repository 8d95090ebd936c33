import { describe, expect, it } from 'vitest';
import { PackedPackets } from './packed-packets.ts';
import type { Packet } from './packet.ts';
import { testAudioTrack, testPackets, testStream, testVideoTrack } from './test-packets.ts';

const tracks = { video: testVideoTrack(), audio: testAudioTrack() };

/** Every kind of packet, with payloads that lie in the midst of larger memory. */
function published(toMs: number): Packet[] {
  const { stream } = testStream();
  const packets: Packet[] = [];
  stream.read({ packet: (packet) => packets.push(packet) });
  stream.setTracks(tracks);
  const memory = new Uint8Array(1000).map((_, index) => index);
  for (const packet of testPackets({ tracks, toMs })) {
    const data = memory.subarray(packet.dtsMs % 500, (packet.dtsMs % 500) + packet.data.length);
    stream.publish(packet.kind === 'video' ? { ...packet, data, compositionMs: -40 } : { ...packet, data });
    stream.publish({ kind: 'data', dtsMs: packet.dtsMs, wallMs: 1_767_225_600_123, data });
  }
  return packets;
}

describe('PackedPackets', () => {
  it('gives back what was put in, the same tracks, positions and memory', () => {
    const given = published(7000);
    const packed = new PackedPackets();
    for (const packet of given) packed.push(packet);
    const back = packed.from(0);
    expect(back).toEqual(given);
    for (const [index, { position, data }] of back.entries()) {
      expect(position).toBe(given[index]!.position);
      expect(data.buffer).toBe(given[index]!.data.buffer);
    }
    expect(back.find(({ kind }) => kind === 'video')).toMatchObject({ track: tracks.video, isKeyFrame: true });
  });

  it('drops the oldest', () => {
    const given = published(1000);
    const packed = new PackedPackets();
    for (const packet of given) packed.push(packet);
    packed.drop(7);
    expect(packed.from(0)).toEqual(given.slice(7));
    expect(packed.from(3)).toEqual(given.slice(10));
    expect(packed.firstDtsMs).toBe(given[7]!.dtsMs);
    packed.drop(packed.length);
    expect([packed.length, packed.firstDtsMs, packed.from(0)]).toEqual([0, undefined, []]);
    packed.push(given[0]!);
    expect(packed.from(0)).toEqual([given[0]]);
  });

  it('weighs what memory its payloads keep, however little of it they are', () => {
    const [packet] = published(10);
    const packed = new PackedPackets();
    const [slab, alone] = [new Uint8Array(10_000), new Uint8Array(300)];
    const weights = [slab.subarray(0, 1), alone, slab.subarray(5, 6)].map((data) => {
      packed.push({ ...packet!, data });
      return packed.sizeBytes;
    });
    expect(weights).toEqual([10_000, 10_300, 10_300]);
    const left = [1, 1, 1].map((count) => {
      packed.drop(count);
      return packed.sizeBytes;
    });
    expect(left).toEqual([10_300, 10_000, 0]);
  });
});
