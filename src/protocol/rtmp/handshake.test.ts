import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findDigest, signPacket } from './handshake-digest.ts';
import { ClientHandshake, ServerHandshake } from './index.ts';

const c1Of = (scheme: 0 | 1) => {
  const c1 = new Uint8Array(randomBytes(1536));
  signPacket(c1, 'client', scheme);
  return c1;
};

describe('handshake', () => {
  it.each(['simple', 'digest'] as const)('client and server agree, byte by byte: %s', (form) => {
    const client = new ClientHandshake(randomBytes, form);
    const server = new ServerHandshake(randomBytes);
    const toServer = [...client.start()];
    let answer: number[] = [];
    for (const byte of toServer) {
      const step = server.push(Uint8Array.of(byte));
      answer = answer.concat([...step.output]);
      expect(step.isDone).toBe(false);
    }
    expect(answer).toHaveLength(3073);
    const last = client.push(Uint8Array.from([...answer, 7, 8]));
    expect(last.isDone).toBe(true);
    expect([...last.rest]).toEqual([7, 8]);
    const end = server.push(Uint8Array.from([...last.output, 9]));
    expect([end.isDone, [...end.rest]]).toEqual([true, [9]]);
  });

  it('the simple answer echoes the client', () => {
    const c1 = new Uint8Array(randomBytes(1536)).fill(0, 4, 8);
    const { output } = new ServerHandshake(randomBytes).push(Uint8Array.from([3, ...c1]));
    expect(output.subarray(1537)).toEqual(c1);
  });

  it.each([0, 1] as const)('the digest answer uses the scheme of the client: %i', (scheme) => {
    const c1 = c1Of(scheme);
    expect(findDigest(c1, 'client')?.scheme).toBe(scheme);
    const { output } = new ServerHandshake(randomBytes).push(Uint8Array.from([3, ...c1]));
    expect(findDigest(output.subarray(1, 1537), 'server')?.scheme).toBe(scheme);
    expect(output.subarray(1537)).not.toEqual(c1);
  });

  it('finds the digest that FFmpeg 5.1 signed, and none in the packet of OBS 29', () => {
    const c1Of = (file: string) =>
      readFileSync(new URL(`../../../test/fixtures/captures/${file}`, import.meta.url)).subarray(1, 1537);
    expect(findDigest(c1Of('ffmpeg51.bin'), 'client')).toBeDefined();
    expect(findDigest(c1Of('obs29.bin'), 'client')).toBeUndefined();
  });

  it.each([0, 4, 6, 0x16, 0x47])('refuses version %i at its first byte', (version) => {
    const handshake = new ServerHandshake(randomBytes);
    expect(() => handshake.push(Uint8Array.of(version))).toThrow(`version ${version}`);
  });
});
