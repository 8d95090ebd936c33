import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedError } from '../protocol/bytes/index.ts';
import { splitJpegs } from './jpeg-splitter.ts';
import { objectNameOf } from './object-template.ts';

const facts = { domain: 'live.example.com', app: 'prod/event', stream: 'demo', unixTimestamp: 1795212234, sequence: 7 };

describe('objectNameOf', () => {
  it.each([
    ['{AppName}/{StreamName}.jpg', 'prod/event/demo.jpg'],
    ['snapshot/{AppName}/{StreamName}/{UnixTimestamp}-{Sequence}.jpg', 'snapshot/prod/event/demo/1795212234-7.jpg'],
    ['{DomainName}/{StreamName}{StreamName}.jpg', 'live.example.com/demodemo.jpg'],
    ['{constructor}/{}/$&.jpg', '{constructor}/{}/$&.jpg'],
  ])('%s', (template, name) => expect(objectNameOf(template, facts)).toBe(name));
});

describe('splitJpegs', () => {
  const one = Uint8Array.of(
    0xff,
    0xd8,
    0xff,
    0xe0,
    0,
    4,
    0xff,
    0xd9,
    0xff,
    0xda,
    0,
    2,
    1,
    0xff,
    0,
    0xff,
    0xd0,
    2,
    0xff,
    0xd9,
  );

  it('cuts where a picture ends, and nowhere else', () => {
    expect(splitJpegs(Uint8Array.of())).toEqual([]);
    expect(splitJpegs(Uint8Array.of(...one, ...one))).toEqual([one, one]);
  });

  it('finds the pictures that FFmpeg makes', () => {
    const args = ['-v', 'error', '-f', 'lavfi', '-i', 'testsrc2=size=320x180', '-frames:v', '5', '-c:v', 'mjpeg'];
    const bytes = execFileSync('ffmpeg', [...args, '-f', 'image2pipe', 'pipe:1']);
    const pictures = splitJpegs(bytes);
    expect(pictures.length).toBe(5);
    expect(Buffer.concat(pictures).equals(bytes)).toBe(true);
  });

  it('refuses what is cut off or damaged, and ends', () => {
    for (let length = 1; length < one.length; length++) {
      expect(() => splitJpegs(one.subarray(0, length))).toThrow(MalformedError);
    }
    const damaged = fc.tuple(fc.nat(one.length - 1), fc.nat(255)).map(([at, value]) => one.with(at, value));
    fc.assert(
      fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 64 })), (bytes) => {
        try {
          splitJpegs(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedError);
        }
      }),
    );
  });
});

it('is documented with the variables that it has', () => {
  const example = readFileSync(new URL('../../config/rules.example.yml', import.meta.url), 'utf8');
  expect(example).toContain('{UnixTimestamp}');
});
