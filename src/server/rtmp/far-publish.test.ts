import { describe, expect, it } from 'vitest';
import { encodeVideoFrameHeader, encodeVideoSequenceHeader } from '../../protocol/flv/index.ts';
import type { MediaEvent } from '../../protocol/rtmp/index.ts';
import { FarPublish } from './far-publish.ts';

const event = (kind: MediaEvent['kind'], timestamp: number, payload: Uint8Array): MediaEvent => ({
  ...{ type: 'media', kind, timestamp, payload },
});
const header = event('video', 0, encodeVideoSequenceHeader('h264', new Uint8Array(40)));
const picture = (timestamp: number, isKeyFrame: boolean, sizeBytes = 95) =>
  event('video', timestamp, Buffer.concat([encodeVideoFrameHeader('h264', isKeyFrame, 0), new Uint8Array(sizeBytes)]));
const sound = (timestamp: number) => event('audio', timestamp, Uint8Array.of(0xaf, 1, 0, 0));

function publish(...events: readonly MediaEvent[]) {
  const sent: MediaEvent[] = [];
  const source = { media: (each: MediaEvent) => sent.push(each), unpublish: () => {}, close: () => {} };
  const far = new FarPublish(source, { maxBytes: 1000, maxMs: 5000 });
  for (const each of events) far.media(each);
  expect(sent).toEqual(events);
  return far.sent.map(({ kind, timestamp, payload }) => [kind, timestamp, payload.length]);
}

describe('FarPublish', () => {
  const group = [picture(2000, true), sound(2010), picture(2040, false)];

  it('keeps the headers, and what came since the last key frame', () => {
    expect(publish(picture(0, false), header, sound(0), picture(0, true), sound(10), ...group)).toEqual([
      ['video', 0, 45],
      ['video', 2000, 100],
      ['audio', 2010, 4],
      ['video', 2040, 100],
    ]);
  });

  it.each([
    ['in bytes', picture(2080, false, 900)],
    ['in time', picture(7080, false)],
  ])('gives a group up that is too long %s, until the next key frame', (_, last) => {
    expect(publish(header, ...group, last, picture(8000, false))).toEqual([['video', 0, 45]]);
    expect(publish(header, ...group, last, picture(8000, true), sound(8010))).toHaveLength(3);
  });

  it('keeps no pictures of which it is not known whether sound comes with them', () => {
    expect(publish(header, picture(2000, true), picture(2040, false))).toEqual([['video', 0, 45]]);
  });
});
