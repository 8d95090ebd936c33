import { createDecipheriv } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ARCHIVED, archiveWith, openTestArchive } from '../../test/support/archived-stream.ts';
import type { ArchiveReader } from '../archive/index.ts';
import type { HlsPackager } from '../packager/index.ts';
import { ArchivedMedia, type ArchivedStream } from './archived-media.ts';

const T0 = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;
const clear: ArchivedStream = { id: ARCHIVED, days: 7, encryption: undefined };
const encrypted = { ...clear, encryption: { secret: 'archived-media-test', rotateSeconds: 10 } };

let archived: Awaited<ReturnType<typeof openTestArchive>>;
let packager: HlsPackager;

beforeAll(async () => {
  archived = await openTestArchive();
  packager = await archived.add({ seconds: 30, wallMs: T0, firstSegment: 1000 });
});
afterAll(() => archived?.close());

function mediaAt(nowMs: number, changed: Partial<ArchiveReader> = {}) {
  let reads = 0;
  const archive = archiveWith(archived.archive, {
    bytes: (...asked) => {
      reads++;
      return archived.archive.bytes(...asked);
    },
    ...changed,
  });
  const media = new ArchivedMedia({
    archive,
    wallMs: () => nowMs,
    tsOf: (segment, bytes) => Uint8Array.of(0x47, segment.number % 256, bytes.length % 256),
    maxBytes: 1_000_000,
  });
  return { media, reads: () => reads };
}

describe('ArchivedMedia segments', () => {
  it('are the bytes that were live, read once', async () => {
    const { media, reads } = mediaAt(T0 + 100_000);
    expect(media.peek(clear, 1003, 'fmp4')).toBeUndefined();
    const [first, second] = await Promise.all([media.segment(clear, 1003, 'fmp4'), media.segment(clear, 1003, 'fmp4')]);
    expect(first).toEqual(Buffer.from(packager.segment(1003, 'fmp4')!));
    expect(second).toBe(first);
    expect(media.peek(clear, 1003, 'fmp4')).toBe(first);
    expect(reads()).toBe(1);
  });

  it('are lent to a viewer who is alone, in memory that is used again once he has them', async () => {
    const { media } = mediaAt(T0 + 100_000);
    const live = (number: number) => Buffer.from(packager.segment(number, 'fmp4')!);
    const lent = [await media.lend(clear, 1003, 'fmp4'), await media.lend(clear, 1004, 'fmp4')];
    expect(lent.map((each) => Buffer.from(each!.bytes))).toEqual([live(1003), live(1004)]);
    expect(lent[0]!.bytes.buffer).not.toBe(lent[1]!.bytes.buffer);
    lent[0]!.release();
    const next = await media.lend(clear, 1005, 'fmp4');
    expect(next!.bytes.buffer).toBe(lent[0]!.bytes.buffer);
    expect([next, lent[1]].map((each) => Buffer.from(each!.bytes))).toEqual([live(1005), live(1004)]);
  });

  it('are kept for whoever else asks about the same time, and not lent where they are made anew', async () => {
    const { media, reads } = mediaAt(T0 + 100_000);
    expect(await media.lend(clear, 1003, 'fmp4')).toBeDefined();
    expect(await media.lend(clear, 1003, 'fmp4')).toBeUndefined();
    await media.segment(clear, 1003, 'fmp4');
    expect(media.peek(clear, 1003, 'fmp4')).toBeDefined();
    expect(reads()).toBe(2);
    expect(await media.lend(clear, 1004, 'ts')).toBeUndefined();
    expect(await media.lend(encrypted, 1004, 'fmp4')).toBeUndefined();
    expect(await media.lend(clear, 999, 'fmp4')).toBeUndefined();
    expect(await mediaAt(T0 + 8 * DAY_MS).media.lend(clear, 1004, 'fmp4')).toBeUndefined();
    expect(reads()).toBe(2);
  });

  it('are muxed for transport streams', async () => {
    const { media } = mediaAt(T0 + 100_000);
    expect((await media.segment(clear, 1003, 'ts'))?.slice(0, 2)).toEqual(Uint8Array.of(0x47, 1003 % 256));
  });

  it('are encrypted as live has them, with keys of names that say their period', async () => {
    const { media } = mediaAt(T0 + 100_000);
    const name = media.encryptionOf(encrypted)!.keyNameOf({ wallMs: T0 + 6000 });
    const iv = Buffer.alloc(16);
    iv.writeUInt32BE(1003, 12);
    const decipher = createDecipheriv('aes-128-cbc', (await media.key(encrypted, name))!, iv);
    const part = decipher.update((await media.segment(encrypted, 1003, 'fmp4'))!);
    expect(Buffer.concat([part, decipher.final()])).toEqual(Buffer.from(packager.segment(1003, 'fmp4')!));
    expect(await media.segment(clear, 1003, 'fmp4')).toEqual(Buffer.from(packager.segment(1003, 'fmp4')!));
  });

  it('are not given out past the days of the rule, nor where there are none', async () => {
    const { media } = mediaAt(T0 + 8 * DAY_MS);
    expect(await media.segment(clear, 1003, 'fmp4')).toBeUndefined();
    expect(await media.segment({ ...clear, days: 8 }, 1003, 'fmp4')).toBeDefined();
    expect(await media.segment({ ...clear, days: 30 }, 999, 'fmp4')).toBeUndefined();
    expect(await media.segment({ ...clear, id: { ...ARCHIVED, name: 'other' } }, 1003, 'fmp4')).toBeUndefined();
  });
});

describe('ArchivedMedia keys', () => {
  it.each([
    ['of a period without segments', `${T0 / 1000 + 1000}.key`],
    ['that is no period', `${T0 / 1000 + 3}.key`],
    ['of another form', 'x.key'],
  ])('has none %s', async (_, name) => {
    expect(await mediaAt(T0 + 100_000).media.key(encrypted, name)).toBeUndefined();
  });

  it('has none past the days of the rule, nor without encryption', async () => {
    expect(await mediaAt(T0 + 8 * DAY_MS).media.key(encrypted, `${T0 / 1000}.key`)).toBeUndefined();
    expect(await mediaAt(T0 + 100_000).media.key(clear, `${T0 / 1000}.key`)).toBeUndefined();
    expect((await mediaAt(T0 + 100_000).media.key(encrypted, `${T0 / 1000}.key`))?.length).toBe(16);
  });
});

describe('ArchivedMedia init segments', () => {
  it('are those that were listed', async () => {
    const { media } = mediaAt(T0 + 100_000, {
      pages: () => {
        throw new Error('not asked');
      },
    });
    const segment = (await archived.archive.find(ARCHIVED, 1003))!;
    media.remember(ARCHIVED, [segment]);
    expect(await media.init(clear, segment.slice.initName)).toEqual(packager.init(segment.slice.initName));
  });

  it('are looked for day by day where they were not, and not again at once', async () => {
    let asked = 0;
    const { media } = mediaAt(T0 + 3.5 * DAY_MS, {
      pages: (...range) => {
        asked++;
        return archived.archive.pages(...range);
      },
    });
    const name = (await archived.archive.find(ARCHIVED, 1003))!.slice.initName;
    expect(await media.init(clear, name)).toEqual(packager.init(name));
    expect(asked).toBe(4);
    for (let index = 0; index < 10; index++) expect(await media.init(clear, `init-${index}.mp4`)).toBeUndefined();
    expect(asked).toBe(4);
  });
});
