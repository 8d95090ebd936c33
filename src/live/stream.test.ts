import { describe, expect, it } from 'vitest';
import type { Packet } from './packet.ts';
import type { StreamReader } from './stream.ts';
import { publishAll, testPackets, testStream, testVideo, testVideoTrack } from './test-packets.ts';

const tracks = { video: testVideoTrack() };

function recorder() {
  const heard: string[] = [];
  const reader: StreamReader = {
    packet: (packet: Packet) => heard.push(`packet ${packet.dtsMs}`),
    interrupted: () => heard.push('interrupted'),
    ended: () => heard.push('ended'),
  };
  return { heard, reader };
}

describe('Stream', () => {
  it('hands every packet to every reader, in order, until the reader leaves', () => {
    const { stream } = testStream();
    const [a, b] = [recorder(), recorder()];
    const leave = stream.read(a.reader);
    stream.read(b.reader);
    publishAll(stream, tracks, testPackets({ tracks, toMs: 80 }));
    leave();
    stream.publish(testVideo(tracks.video, 80, false));
    expect(a.heard).toEqual(['packet 0', 'packet 40']);
    expect(b.heard).toEqual(['packet 0', 'packet 40', 'packet 80']);
    expect(stream.readerCount).toBe(1);
  });

  it.each(['packet', 'interrupted', 'ended'] as const)(
    'detaches a reader whose %s throws, and nobody else notices',
    (method) => {
      const { stream, errors } = testStream();
      const [before, after] = [recorder(), recorder()];
      const error = new Error('reader');
      const fail = () => {
        throw error;
      };
      stream.read(before.reader);
      stream.read({ packet: () => {}, [method]: fail });
      stream.read(after.reader);
      publishAll(stream, tracks, testPackets({ tracks, toMs: 80 }));
      stream.interrupt();
      stream.end();
      expect(errors).toEqual([error]);
      expect(before.heard).toEqual(['packet 0', 'packet 40', 'interrupted', 'ended']);
      expect(after.heard).toEqual(before.heard);
      expect(stream.readerCount).toBe(0);
    },
  );

  it('is as patient as its least patient reader', () => {
    const { stream } = testStream();
    const packet = () => {};
    expect(stream.patienceMs).toBe(Number.POSITIVE_INFINITY);
    stream.read({ packet, patienceMs: 40 });
    const leave = stream.read({ packet, patienceMs: 10 });
    const leaveToo = stream.read({ packet });
    expect(stream.patienceMs).toBe(0);
    leaveToo();
    expect(stream.patienceMs).toBe(10);
    leave();
    expect(stream.patienceMs).toBe(40);
  });

  it('carries nothing while it waits or after its end', () => {
    const { stream } = testStream();
    const { heard, reader } = recorder();
    stream.read(reader);
    stream.setTracks(tracks);
    stream.interrupt();
    stream.publish(testVideo(tracks.video, 0, true));
    stream.resume();
    stream.publish(testVideo(tracks.video, 40, true));
    stream.end();
    stream.end();
    stream.resume();
    stream.publish(testVideo(tracks.video, 80, true));
    expect(heard).toEqual(['interrupted', 'packet 40', 'ended']);
    expect(stream.state).toBe('ended');
    expect(stream.cache.packets).toEqual([]);
  });

  it('starts at 0, and lets a publisher who resumes go on after all that was and by the time that passed', () => {
    const { stream, clock } = testStream();
    clock.advance(5000);
    expect(stream.resumeDtsMs()).toBe(0);
    publishAll(stream, tracks, [testVideo(tracks.video, 700, true), testVideo(tracks.video, 650, false)]);
    expect(stream.resumeDtsMs()).toBe(701);
    stream.interrupt();
    clock.advance(2500.4);
    stream.resume();
    expect(stream.resumeDtsMs()).toBe(3200);
  });

  it('makes what follows a resume a discontinuity', () => {
    const { stream } = testStream();
    publishAll(stream, tracks, testPackets({ tracks, toMs: 500 }));
    stream.interrupt();
    stream.resume();
    stream.publish(testVideo(tracks.video, 900, true));
    expect(stream.cache.packets.at(-1)!.position).toMatchObject({ segment: 101, isDiscontinuity: true });
    expect(stream.segment).toBe(101);
  });
});
