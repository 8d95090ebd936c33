import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { AudioPacket, Packet, VideoPacket } from '../live/index.ts';
import { testAudioTrack, testStream, testVideoTrack } from '../live/test-packets.ts';
import { concat } from '../protocol/bytes/index.ts';
import { encodeFlacHeader } from '../protocol/flac/index.ts';
import {
  encodeAudioFrameHeader,
  encodeAudioSequenceHeader,
  encodeVideoFrameHeader,
  encodeVideoSequenceHeader,
  FlvReader,
} from '../protocol/flv/index.ts';
import { Ingest } from './ingest.ts';

const avc = testVideoTrack().config;
const aac = testAudioTrack().config;
const otherAac = Uint8Array.of(0x12, 0x10);
/** The same picture at another level: a record of its own. */
const otherAvc = avc.map((byte, index) => (index === 3 ? 0x1e : byte));

const avcHeader = encodeVideoSequenceHeader('h264', avc);
const aacHeader = encodeAudioSequenceHeader('aac', aac);
const picture = (isKey: boolean, compositionMs = 0) =>
  concat([encodeVideoFrameHeader('h264', isKey, compositionMs), Uint8Array.of(0, 0, 0, 1, isKey ? 0x65 : 0x41)]);
const sound = concat([encodeAudioFrameHeader('aac'), Uint8Array.of(1, 2, 3)]);
const mp3Frame = (header: string) => {
  const bytes = new Uint8Array(417);
  bytes.set(Buffer.from(header, 'hex'));
  return concat([encodeAudioFrameHeader('mp3'), bytes]);
};

function harness() {
  const { stream, clock } = testStream();
  const packets: Packet[] = [];
  const refused: string[] = [];
  stream.read({ packet: (packet) => packets.push(packet) });
  const ingest = new Ingest({ stream, clock, onUnsupported: (kind, codec) => refused.push(`${kind} ${codec}`) });
  const kinds = () => packets.map((packet) => (packet.kind === 'video' && packet.isKeyFrame ? 'key' : packet.kind));
  const video = () => packets.filter((packet): packet is Packet & VideoPacket => packet.kind === 'video');
  const audio = () => packets.filter((packet): packet is Packet & AudioPacket => packet.kind === 'audio');
  return { stream, clock, packets, refused, ingest, kinds, video, audio };
}

/** Video at 25 and audio at 50 tags a second. */
function sendBoth(
  { ingest, clock }: ReturnType<typeof harness>,
  fromMs: number,
  toMs: number,
  keyEveryMs = 1000,
): void {
  for (let atMs = fromMs; atMs < toMs; atMs += 20) {
    if (atMs % 40 === 0) ingest.video(atMs, picture(atMs % keyEveryMs === 0));
    ingest.audio(atMs, sound);
    clock.advance(20);
  }
}

describe('Ingest: which tracks come', () => {
  it('begins with both tracks as soon as a frame of each is there', () => {
    const all = harness();
    all.ingest.video(0, avcHeader);
    all.ingest.audio(0, aacHeader);
    all.ingest.video(0, picture(true));
    expect(all.packets).toEqual([]);
    all.ingest.audio(0, sound);
    expect(all.kinds()).toEqual(['key', 'audio']);
    expect(all.stream.tracks).toMatchObject({ video: { width: 320, codec: 'h264' }, audio: { sampleRate: 48_000 } });
  });

  it.each([
    ['video alone by metadata', { video: true, audio: false }, 'video'],
    ['audio alone by metadata', { video: false, audio: true }, 'audio'],
  ] as const)('begins at once with %s', (_name, promise, kind) => {
    const all = harness();
    all.ingest.promise(promise);
    if (kind === 'video') all.ingest.video(0, avcHeader);
    else all.ingest.audio(0, aacHeader);
    all.ingest[kind](0, kind === 'video' ? picture(true) : sound);
    expect(all.packets.length).toBe(1);
  });

  it.each([undefined, { video: true, audio: true }, { video: false, audio: false }])(
    'waits a second for audio that never comes, with the promise %j',
    (promise) => {
      const { ingest, clock, packets, stream } = harness();
      if (promise) ingest.promise(promise);
      ingest.video(0, avcHeader);
      for (let atMs = 0; atMs <= 1000; atMs += 40) {
        expect(packets.length).toBe(0);
        ingest.video(atMs, picture(atMs === 0));
        clock.advance(40);
      }
      expect(packets.length).toBe(26);
      expect(stream.tracks.audio).toBeUndefined();
      expect(packets.map(({ dtsMs }) => dtsMs)).toEqual(Array.from({ length: 26 }, (_, index) => index * 40));
    },
  );

  it('does not wait for a track of a codec that is not supported, and says so once', () => {
    const { ingest, refused, kinds } = harness();
    const speex = Uint8Array.of(0xb0, 1, 2);
    ingest.audio(0, speex);
    ingest.video(0, avcHeader);
    ingest.video(0, picture(true));
    for (let atMs = 0; atMs < 100; atMs += 20) ingest.audio(atMs, speex);
    ingest.video(40, Uint8Array.of(0x12, 0, 0, 0, 0));
    expect(kinds()).toEqual(['key']);
    expect(refused).toEqual(['audio 11', 'video 2']);
    expect(ingest.counters.unsupportedFrames).toBe(7);
  });

  it('takes in a second track that comes late, at the next key frame', () => {
    const all = harness();
    all.ingest.promise({ video: true, audio: false });
    all.ingest.video(0, avcHeader);
    for (let atMs = 0; atMs < 500; atMs += 40) all.ingest.video(atMs, picture(atMs === 0));
    all.ingest.audio(500, aacHeader);
    sendBoth(all, 520, 2000);
    const first = all.audio()[0]!;
    expect(first.dtsMs).toBe(1000);
    expect(all.packets.find(({ position }) => position.isDiscontinuity)!.dtsMs).toBe(1000);
    expect(all.packets.filter(({ position }) => position.isDiscontinuity).length).toBe(1);
  });

  it('goes on with audio until late video has its key frame', () => {
    const all = harness();
    all.ingest.promise({ video: false, audio: true });
    all.ingest.audio(0, aacHeader);
    for (let atMs = 0; atMs < 500; atMs += 20) all.ingest.audio(atMs, sound);
    all.ingest.video(500, avcHeader);
    sendBoth(all, 520, 1500);
    expect(all.audio().length).toBe(25 + 49);
    expect(all.video()[0]).toMatchObject({ dtsMs: 1000, isKeyFrame: true, position: { isDiscontinuity: true } });
  });

  it('drops the tracks that a reconnected publisher does not have', () => {
    const all = harness();
    all.ingest.video(0, avcHeader);
    all.ingest.audio(0, aacHeader);
    sendBoth(all, 0, 1000);
    all.stream.interrupt();
    all.clock.advance(3000);
    all.stream.resume();
    const again = new Ingest({ stream: all.stream, clock: all.clock });
    again.promise({ video: false, audio: true });
    again.audio(77, aacHeader);
    again.audio(77, sound);
    expect(all.stream.tracks.video).toBeUndefined();
    expect(all.packets.at(-1)).toMatchObject({ kind: 'audio', dtsMs: 980 + 3020, position: { isDiscontinuity: true } });
  });
});

describe('Ingest: where it begins', () => {
  it('begins at a key frame', () => {
    const all = harness();
    all.ingest.video(0, avcHeader);
    all.ingest.audio(0, aacHeader);
    sendBoth(all, 20, 1200);
    expect(all.packets[0]).toMatchObject({ kind: 'video', isKeyFrame: true });
    expect(all.ingest.counters.framesBeforeKeyFrame).toBe(24 + 49);
  });

  it('leaves out AAC frames before their header', () => {
    const all = harness();
    all.ingest.promise({ video: false, audio: true });
    for (const atMs of [0, 20, 40]) all.ingest.audio(atMs, sound);
    all.ingest.audio(60, aacHeader);
    all.ingest.audio(60, sound);
    expect(all.packets.length).toBe(1);
    expect(all.ingest.counters.framesBeforeHeader).toBe(3);
  });

  it.each([
    ['an AAC configuration with rate 0', 'audio', Uint8Array.of(0xaf, 0, 0x17, 0x80, 0, 0, 0x10)],
    [
      'a record without parameter sets',
      'video',
      encodeVideoSequenceHeader('h264', Uint8Array.of(1, 66, 0, 30, 0xff, 0xe0, 0)),
    ],
    ['a short frame', 'video', Uint8Array.of(0x17, 1)],
    ['a short header', 'audio', Uint8Array.of(0xaf)],
    ['half a FourCC', 'video', Uint8Array.of(0x90, 0x68)],
  ] as const)('counts %s as malformed and goes on', (_name, kind, payload) => {
    const all = harness();
    all.ingest.video(0, avcHeader);
    all.ingest.audio(0, aacHeader);
    sendBoth(all, 0, 100);
    const before = all.packets.length;
    all.ingest[kind](100, payload);
    expect(all.ingest.counters.malformedTags).toBe(1);
    sendBoth(all, 100, 200);
    expect(all.packets.length).toBe(before + 7);
  });

  it('does not go on for ever holding what makes no sense', () => {
    const { ingest, packets } = harness();
    for (let index = 0; index < 1000; index++) ingest.video(0, Uint8Array.of(0x17, 1));
    expect(packets).toEqual([]);
    expect(ingest.counters.malformedTags).toBe(1000);
  });
});

describe('Ingest: changes in mid-stream', () => {
  it('takes no notice of a header that says the same again', () => {
    const all = harness();
    all.ingest.video(0, avcHeader);
    all.ingest.audio(0, aacHeader);
    sendBoth(all, 0, 500);
    all.ingest.video(500, avcHeader);
    all.ingest.audio(500, aacHeader);
    sendBoth(all, 500, 2500);
    expect(all.packets.some(({ position }) => position.isDiscontinuity)).toBe(false);
    expect(all.packets.length).toBe(125 + 63);
  });

  it('makes a new video configuration a discontinuity at its key frame', () => {
    const all = harness();
    all.ingest.video(0, avcHeader);
    all.ingest.audio(0, aacHeader);
    sendBoth(all, 0, 500);
    all.ingest.video(500, encodeVideoSequenceHeader('h264', otherAvc));
    sendBoth(all, 520, 1500);
    const changed = all.packets.filter(({ position }) => position.isDiscontinuity);
    expect(changed.map(({ kind, dtsMs }) => [kind, dtsMs])).toEqual([['video', 1000]]);
    expect(all.stream.tracks.video!.codecString).toBe('avc1.42c01e');
    expect(all.video().filter(({ dtsMs }) => dtsMs > 500 && dtsMs < 1000)).toEqual([]);
    expect(all.audio().length).toBe(74);
  });

  it('makes a new audio configuration a discontinuity at the next key frame', () => {
    const all = harness();
    all.ingest.video(0, avcHeader);
    all.ingest.audio(0, aacHeader);
    sendBoth(all, 0, 500);
    all.ingest.audio(500, encodeAudioSequenceHeader('aac', otherAac));
    sendBoth(all, 500, 1500);
    expect(all.packets.find(({ position }) => position.isDiscontinuity)!.dtsMs).toBe(1000);
    expect(
      new Set(
        all
          .audio()
          .filter(({ dtsMs }) => dtsMs >= 1000)
          .map(({ track }) => track.sampleRate),
      ),
    ).toEqual(new Set([44_100]));
    expect(all.audio().filter(({ dtsMs }) => dtsMs >= 500 && dtsMs < 1000)).toEqual([]);
    expect(all.video().length).toBe(38);
  });

  it('makes a new audio configuration a discontinuity at once where there is no video', () => {
    const all = harness();
    all.ingest.promise({ video: false, audio: true });
    all.ingest.audio(0, aacHeader);
    all.ingest.audio(0, sound);
    all.ingest.audio(21, encodeAudioSequenceHeader('aac', otherAac));
    all.ingest.audio(21, sound);
    expect(all.packets.map(({ position }) => position.isDiscontinuity)).toEqual([false, true]);
  });

  it('makes a lasting jump of the clock one discontinuity, with times that go on', () => {
    const all = harness();
    all.ingest.video(0, avcHeader);
    all.ingest.audio(0, aacHeader);
    sendBoth(all, 0, 500);
    sendBoth(all, 3_600_020, 3_602_020);
    expect(all.ingest.counters.clockJumps).toBe(1);
    expect(all.packets.filter(({ position }) => position.isDiscontinuity).length).toBe(1);
    expect(all.packets.at(-1)!.dtsMs).toBeLessThan(2600);
  });
});

describe('Ingest: what a packet says', () => {
  it.each([
    [0, 0],
    [80, 80],
    [-80, -80],
    [100_000, 5000],
    [-100_000, -1000],
  ])('bounds a composition time of %d ms to %d', (sent, expected) => {
    const all = harness();
    all.ingest.promise({ video: true, audio: false });
    all.ingest.video(0, avcHeader);
    all.ingest.video(0, picture(true, sent));
    expect(all.video()[0]!.compositionMs).toBe(expected);
  });

  it('keeps audio to the sample and video to 90 kHz', () => {
    const all = harness();
    all.ingest.video(0, avcHeader);
    all.ingest.audio(0, aacHeader);
    for (let frame = 0; frame < 100; frame++) {
      all.ingest.video(frame * 40, picture(frame % 25 === 0));
      all.ingest.audio(Math.round((frame * 1024) / 48), sound);
      all.clock.advance(20);
    }
    expect(all.audio().map(({ mediaTime }) => mediaTime)).toEqual(Array.from({ length: 100 }, (_, i) => i * 1024));
    expect(all.video().every(({ mediaTime, dtsMs }) => mediaTime === dtsMs * 90)).toBe(true);
  });

  it('has the wall clock of arrival, which never goes back, even when the machine’s does', () => {
    const all = harness();
    const startMs = all.clock.wallMs();
    all.ingest.video(0, avcHeader);
    all.ingest.audio(0, aacHeader);
    sendBoth(all, 0, 500);
    all.clock.stepWall(-3_600_000);
    sendBoth(all, 500, 1000);
    expect(all.packets.map(({ wallMs, dtsMs }) => wallMs - startMs - dtsMs)).toEqual(all.packets.map(() => 0));
    all.clock.stepWall(3_610_000);
    sendBoth(all, 1000, 1100);
    expect(all.packets.at(-1)!.wallMs).toBe(all.clock.wallMs() - 20);
  });

  it('passes on script messages from its start on, at the time it is', () => {
    const all = harness();
    all.ingest.data(Uint8Array.of(1));
    all.ingest.video(0, avcHeader);
    all.ingest.audio(0, aacHeader);
    sendBoth(all, 0, 100);
    all.ingest.data(Uint8Array.of(2));
    expect(all.packets.filter(({ kind }) => kind === 'data')).toMatchObject([{ dtsMs: 80, data: Uint8Array.of(2) }]);
  });

  it('measures what comes in', () => {
    const all = harness();
    all.ingest.video(0, avcHeader);
    all.ingest.audio(0, aacHeader);
    sendBoth(all, 0, 3000);
    const measured = all.ingest.meter.measure(all.clock.nowMs());
    expect(measured).toMatchObject({ seconds: 3, fps: 25, keyIntervalMs: 1000, stalls: 0 });
  });
});

describe('Ingest: codecs', () => {
  const load = (name: string) =>
    new FlvReader().push(readFileSync(new URL(`../../test/fixtures/captures/${name}.flv`, import.meta.url)));

  it.each([
    ['enhanced-hevc', 'h265', /^hvc1\./],
    ['enhanced-av1', 'av1', /^av01\./],
    ['enhanced-vp9opus', 'vp9', /^vp09\./],
    ['enhanced-h264opus', 'h264', /^avc1\./],
  ])('carries the capture %s', (name, codec, codecString) => {
    const all = harness();
    const tags = load(name).filter(({ type }) => type !== 'script');
    for (const { type, timestampMs, payload } of tags) {
      if (type === 'video') all.ingest.video(timestampMs, payload);
      else all.ingest.audio(timestampMs, payload);
    }
    all.clock.advance(2000);
    all.ingest.video(0, Uint8Array.of(0x50));
    const { video, audio } = all.stream.tracks;
    expect(video).toMatchObject({ codec, codecString: expect.stringMatching(codecString) });
    expect(video!.width).toBeGreaterThan(100);
    expect(video!.height).toBeGreaterThan(60);
    expect(all.ingest.counters).toMatchObject({ malformedTags: 0, framesBeforeHeader: 0, unsupportedFrames: 0 });
    expect(all.video().length).toBeGreaterThan(5);
    if (!name.endsWith('opus')) return;
    expect(audio).toMatchObject({ codec: 'opus', codecString: 'opus', sampleRate: 48_000 });
    expect(all.audio().every(({ durationTicks }) => durationTicks === 960)).toBe(true);
  });

  it('knows MP3 by its first frame, and begins anew where the rate changes', () => {
    const all = harness();
    all.ingest.promise({ video: false, audio: true });
    for (const atMs of [0, 26, 52]) all.ingest.audio(atMs, mp3Frame('fffb9064'));
    expect(all.stream.tracks.audio).toMatchObject({
      codec: 'mp3',
      sampleRate: 44_100,
      channels: 2,
      config: new Uint8Array(),
    });
    expect(all.audio().map(({ durationTicks, mediaTime }) => [durationTicks, mediaTime])).toEqual([
      [1152, 0],
      [1152, 1152],
      [1152, 2304],
    ]);
    const rate48k = mp3Frame('fffb94c4').subarray(0, 1 + 384);
    all.ingest.audio(78, rate48k);
    expect(all.stream.tracks.audio).toMatchObject({ sampleRate: 48_000, channels: 1 });
    expect(all.audio().at(-1)!.position.isDiscontinuity).toBe(true);
  });

  it('reads FLAC and counts its samples', () => {
    const all = harness();
    const config = encodeFlacHeader({
      minBlockSize: 4096,
      maxBlockSize: 4096,
      minFrameBytes: 0,
      maxFrameBytes: 0,
      sampleRate: 48_000,
      channels: 2,
      bitsPerSample: 16,
      totalSamples: 0,
      md5: new Uint8Array(16),
    });
    all.ingest.promise({ video: false, audio: true });
    all.ingest.audio(0, encodeAudioSequenceHeader('flac', config));
    all.ingest.audio(0, concat([encodeAudioFrameHeader('flac'), Uint8Array.of(0xff, 0xf8, 0xca, 0x18, 0, 0)]));
    expect(all.stream.tracks.audio).toMatchObject({ codec: 'flac', codecString: 'fLaC', sampleRate: 48_000 });
    expect(all.audio()[0]!.durationTicks).toBe(4096);
  });

  it.each(['opus', 'flac'] as const)('refuses a frame of %s that cannot be read', (codec) => {
    const all = harness();
    all.ingest.promise({ video: false, audio: true });
    const header = {
      opus: Buffer.from('OpusHead\x01\x02\x38\x01\x80\xbb\0\0\0\0\0', 'latin1'),
      flac: concat([
        Buffer.from('fLaC\x80\0\0\x22', 'latin1'),
        Uint8Array.from({ length: 34 }, (_, i) => (i === 10 ? 0x0b : i === 11 ? 0xb8 : i === 12 ? 2 : 0)),
      ]),
    };
    all.ingest.audio(0, encodeAudioSequenceHeader(codec, header[codec]));
    all.ingest.audio(0, concat([encodeAudioFrameHeader(codec), Uint8Array.of(3)]));
    expect(all.ingest.counters.malformedTags).toBe(1);
    expect(all.packets).toEqual([]);
  });

  it('takes the first track of a multitrack message and counts the others', () => {
    const all = harness();
    all.ingest.promise({ video: true, audio: false });
    const piece = (packetType: number, trackId: number, body: Uint8Array) => {
      const head = Uint8Array.of(0x90 | 6, packetType, 0x61, 0x76, 0x63, 0x31, trackId);
      return concat([head, body]);
    };
    all.ingest.video(0, piece(0, 0, avc));
    all.ingest.video(0, piece(1, 0, Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0x65)));
    all.ingest.video(0, piece(1, 1, Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0x65)));
    expect(all.kinds()).toEqual(['key']);
    expect(all.ingest.counters.otherTracks).toBe(1);
  });

  it('follows an encoder that changes from AAC to MP3', () => {
    const all = harness();
    all.ingest.promise({ video: false, audio: true });
    all.ingest.audio(0, aacHeader);
    all.ingest.audio(0, sound);
    all.ingest.audio(21, mp3Frame('fffb9064'));
    expect(all.audio().map(({ track }) => track.codec)).toEqual(['aac', 'mp3']);
  });
});
