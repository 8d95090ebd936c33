import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type RtmpServerEvent, RtmpServerSession } from './index.ts';

const folder = new URL('../../../test/fixtures/captures/', import.meta.url);

/** Replays a capture in pieces of the given sizes, over and over, and accepts what it asks for after some pieces. */
function replay(bytes: Uint8Array, sizes: readonly number[], acceptAfterPieces: number): RtmpServerEvent[] {
  const session = new RtmpServerSession({ randomBytes });
  const events: RtmpServerEvent[] = [];
  let waiting = -1;
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] ?? 1;
    const some = session.push(bytes.subarray(at, at + size));
    at += size;
    if (some.some((event) => event.type === 'publish')) waiting = acceptAfterPieces;
    events.push(...some);
    if (waiting === 0) events.push(...session.acceptPublish(1));
    if (waiting >= 0) waiting--;
  }
  expect(session.ignoredMessages).toBe(0);
  return events;
}

const summary = (events: readonly RtmpServerEvent[]) =>
  events.map((event) =>
    event.type === 'media'
      ? `${event.kind} ${event.timestamp} ${Buffer.from(event.payload).toString('base64')}`
      : JSON.stringify(event),
  );

describe.each([
  ['obs29.bin', 'demo01', { video: 93, audio: 145, data: 1 }],
  ['ffmpeg51.bin', 'cap1', { video: 152, audio: 218, data: 1 }],
] as const)('%s', (file, streamName, counts) => {
  const bytes = readFileSync(new URL(file, folder));
  const whole = replay(bytes, [4096], 0);

  it('publishes and brings its media', () => {
    expect(whole.find((event) => event.type === 'publish')).toMatchObject({
      app: 'live',
      streamName,
      host: '127.0.0.1',
    });
    const found = { video: 0, audio: 0, data: 0 };
    for (const event of whole) if (event.type === 'media') found[event.kind]++;
    expect(found).toEqual(counts);
  });

  it('gives the same events whatever the split', () => {
    const expected = summary(whole);
    const size = fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 30_000 }));
    fc.assert(
      fc.property(fc.array(size, { minLength: 1, maxLength: 10 }), fc.nat(3), (sizes, acceptAfterPieces) => {
        expect(summary(replay(bytes, sizes, acceptAfterPieces))).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });
});
