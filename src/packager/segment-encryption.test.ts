import { createDecipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { TrackSet } from '../live/index.ts';
import { publishAll, testAudioTrack, testPackets, testStream, testVideoTrack } from '../live/test-packets.ts';
import { parseMediaPlaylist } from '../protocol/m3u8/index.ts';
import { HlsPackager, type HlsPackagerOptions } from './hls-packager.ts';
import type { HlsContainer } from './hls-playlist.ts';
import { SegmentEncryption } from './segment-encryption.ts';

const tracks: TrackSet = { video: testVideoTrack(), audio: testAudioTrack() };
const encryption = { secret: 'a secret of this server', rotateSeconds: 10 };

/** One stream, packaged in the clear and encrypted. */
function packagers(changed: Partial<HlsPackagerOptions> = {}) {
  const { stream } = testStream();
  const options = { stream, windowSegments: 8, segmentMs: 2000, partMs: 300, lowLatency: true, maxBytes: 1e9 };
  const clear = new HlsPackager(options);
  const secret = new HlsPackager({ ...options, encryption, ...changed });
  publishAll(stream, tracks, testPackets({ tracks, toMs: 21_000 }));
  return { stream, clear, secret };
}

const textOf = (packager: HlsPackager, container: HlsContainer) =>
  new TextDecoder().decode(packager.playlist(container, false)?.text);

function decrypted(packager: HlsPackager, number: number, container: HlsContainer, keyName: string): Buffer {
  const iv = Buffer.alloc(16);
  iv.writeUInt32BE(number, 12);
  const decipher = createDecipheriv('aes-128-cbc', packager.key(keyName)!, iv);
  return Buffer.concat([decipher.update(packager.segment(number, container)!), decipher.final()]);
}

describe('HlsPackager with encryption', () => {
  it.each<HlsContainer>(['fmp4', 'ts'])('gives %s that is the clear one once it is decrypted', (container) => {
    const { clear, secret } = packagers();
    const playlist = parseMediaPlaylist(textOf(secret, container));
    expect(playlist.segments).toHaveLength(8);
    const keys = playlist.segments.map(({ key }) => key);
    for (const [index, key] of keys.entries()) {
      const number = playlist.mediaSequence + index;
      expect(key).toEqual({ method: 'AES-128', uri: expect.stringMatching(/^\d+\.key$/) });
      const plain = clear.segment(number, container)!;
      expect(decrypted(secret, number, container, key!.uri!).equals(plain)).toBe(true);
      expect(Buffer.from(secret.segment(number, container)!).equals(plain)).toBe(false);
      expect(secret.segment(number, container)).toBe(secret.segment(number, container));
    }
    expect(new Set(keys.map((key) => key?.uri)).size).toBeGreaterThan(1);
  });

  it('changes the key with the period, at a segment, and says so once for each', () => {
    const { secret } = packagers();
    const lines = textOf(secret, 'ts').split('\n');
    expect(lines.filter((line) => line.startsWith('#EXT-X-KEY'))).toEqual([
      '#EXT-X-KEY:METHOD=AES-128,URI="0.key"',
      '#EXT-X-KEY:METHOD=AES-128,URI="10.key"',
    ]);
    const [first, second] = [secret.key('0.key')!, secret.key('10.key')!];
    expect([first.length, second.length]).toEqual([16, 16]);
    expect(first).not.toEqual(second);
    expect(lines[lines.indexOf('#EXT-X-KEY:METHOD=AES-128,URI="10.key"') + 1]).toBe(
      '#EXT-X-PROGRAM-DATE-TIME:1970-01-01T00:00:10.000Z',
    );
  });

  it('has the init segment before the key, as that has no IV to encrypt it with', () => {
    const { clear, secret } = packagers();
    const lines = textOf(secret, 'fmp4').split('\n');
    const map = lines.findIndex((line) => line.startsWith('#EXT-X-MAP'));
    expect(map).toBeGreaterThan(0);
    expect(map).toBeLessThan(lines.findIndex((line) => line.startsWith('#EXT-X-KEY')));
    const name = parseMediaPlaylist(textOf(secret, 'fmp4')).segments[0]!.map!.uri;
    expect(secret.init(name)).toEqual(clear.init(name));
  });

  it('has no parts, neither listed nor to be had', () => {
    const { clear, secret } = packagers();
    const listed = parseMediaPlaylist(textOf(clear, 'fmp4')).segments.at(-1)!.parts!;
    const [segment, part] = listed[0]!.uri.split('.').map(Number);
    expect(clear.part(segment!, part!)?.length).toBeGreaterThan(0);
    expect(secret.part(segment!, part!)).toBeUndefined();
    expect(textOf(secret, 'fmp4')).not.toMatch(/PART|SERVER-CONTROL/);
  });

  it.each(['30.key', '-10.key', '010.key', '0.key.key', '99999999999999.key', '../0.key', '.key'])(
    'has no key %s that no segment needs',
    (name) => {
      expect(packagers().secret.key(name)).toBeUndefined();
      expect(packagers().clear.key('0.key')).toBeUndefined();
    },
  );
});

describe('SegmentEncryption', () => {
  const stream = { domain: 'default', app: 'live', name: 'one' };
  const segment = { wallMs: 12_345, number: 7 };
  const bytesOf = (changed: Partial<ConstructorParameters<typeof SegmentEncryption>[0]>) =>
    Buffer.from(
      new SegmentEncryption({ ...encryption, stream, ...changed }).encrypt(segment, [Buffer.from('media')]),
    ).toString('hex');

  it('makes the same of the same, on any node and after a restart', () => {
    expect(bytesOf({})).toBe(bytesOf({}));
  });

  it.each([
    ['secret', { secret: 'another secret' }],
    ['app', { stream: { ...stream, app: 'live/one' } }],
    ['stream', { stream: { ...stream, name: 'two' } }],
    ['domain', { stream: { ...stream, domain: 'other' } }],
    ['period', { rotateSeconds: 11 }],
  ])('has another key for another %s', (_what, changed) => {
    expect(bytesOf(changed)).not.toBe(bytesOf({}));
  });
});
