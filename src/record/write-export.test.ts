import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { archiveOf, TestArchiveError } from '../../test/support/archive.ts';
import { tempDir } from '../../test/support/index.ts';
import type { ArchivedSegment } from '../archive/index.ts';
import { publishAll, testAudioTrack, testPackets, testStream, testVideoTrack } from '../live/test-packets.ts';
import { SegmentWindow } from '../packager/index.ts';
import { fragmentTablesIn } from '../protocol/fmp4/index.ts';
import { type Exporter, exportCmafSlice, exportFlv, exportMp4, exportTsSlice, writeExport } from './index.ts';

const tracks = { video: testVideoTrack(), audio: testAudioTrack() };
const { stream } = testStream();
const window = new SegmentWindow({ stream, windowSegments: 100, segmentMs: 2000, partMs: 300, maxBytes: 1e9 });
publishAll(stream, tracks, testPackets({ tracks, toMs: 12_000 }));
stream.end();
const archive = archiveOf(window.segments);

const exporters: readonly (readonly [string, Exporter])[] = [
  ['mp4', exportMp4],
  ['flv', exportFlv],
  ['ts', exportTsSlice],
  ['m4s', exportCmafSlice],
];

let dir: Awaited<ReturnType<typeof tempDir>>;
let path = '';
beforeAll(async () => {
  dir = await tempDir('write-export');
  path = join(dir.path, 'file');
});
afterAll(() => dir.remove());

/** The archive, but for what `change` does to a segment's n-th reading. */
function sourceThat(change: (number: number, reading: number) => Uint8Array | undefined) {
  const readings = new Map<number, number>();
  return {
    async bytes(segment: ArchivedSegment) {
      const reading = (readings.get(segment.number) ?? 0) + 1;
      readings.set(segment.number, reading);
      return change(segment.number, reading) ?? (await archive.source.bytes(segment));
    },
  };
}

async function exported(exporter: Exporter, without: readonly number[]): Promise<Buffer> {
  const segments = archive.segments.filter(({ number }) => !without.includes(number));
  await writeExport(path, exporter, { ...archive, segments });
  return await readFile(path);
}

describe.each(exporters)('writeExport of %s', (_name, exporter) => {
  it('leaves out what is gone, damaged or unreadable, and reports it', async () => {
    const expected = await exported(exporter, [101, 103, 104]);
    const source = sourceThat((number) => {
      if (number === 101) throw new TestArchiveError('SEGMENT_GONE');
      if (number === 103) throw new TestArchiveError('SEGMENT_DAMAGED');
      return number === 104 ? new Uint8Array(100) : undefined;
    });
    const report = await writeExport(path, exporter, { ...archive, source });
    expect(report).toEqual({
      sizeBytes: expected.length,
      durationMs: 6000,
      wallMs: archive.segments[0]!.wallMs,
      firstSegment: 100,
      lastSegment: 105,
      segmentCount: 3,
      lost: [101, 103, 104],
      closedGaps: 2,
    });
    expect(await readFile(path)).toEqual(expected);
  });

  it('begins anew without what goes while it is written', async () => {
    const expected = await exported(exporter, [103, 105]);
    const source = sourceThat((number, reading) => {
      const isTwice = exporter === exportMp4 || exporter === exportFlv;
      if (number === 105 && reading === (isTwice ? 2 : 1)) throw new TestArchiveError('SEGMENT_GONE');
      if (number === 103) throw new TestArchiveError('SEGMENT_GONE');
      return undefined;
    });
    const report = await writeExport(path, exporter, { ...archive, source });
    expect(report).toMatchObject({ lost: [103, 105], segmentCount: 4, closedGaps: 1, sizeBytes: expected.length });
    expect(await readFile(path)).toEqual(expected);
  });

  it.each<[string, (number: number) => Error, object]>([
    ['nothing is left', () => new TestArchiveError('SEGMENT_GONE'), { code: 'NOTHING_TO_EXPORT' }],
    ['the disk fails', () => Object.assign(new Error('input/output error'), { code: 'EIO' }), { code: 'EIO' }],
  ])('leaves no file behind where %s', async (_name, errorOf, expected) => {
    const source = sourceThat((number) => {
      throw errorOf(number);
    });
    await rm(path, { force: true });
    await expect(writeExport(path, exporter, { ...archive, source })).rejects.toMatchObject(expected);
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('stops when it is told to, and leaves no file behind', async () => {
    const stop = new AbortController();
    const source = sourceThat((number) => {
      if (number === 103) stop.abort();
      return undefined;
    });
    const stopped = writeExport(path, exporter, { ...archive, source, signal: stop.signal });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('needs no segment’s memory when the second one after it is read', async () => {
    const expected = await exported(exporter, []);
    const ring = [new Uint8Array(1e6), new Uint8Array(1e6)];
    const source = {
      async bytes(segment: ArchivedSegment) {
        const bytes = await archive.source.bytes(segment);
        const into = ring[segment.number % 2]!.fill(0xff);
        into.set(bytes);
        return into.subarray(0, bytes.length);
      },
    };
    await writeExport(path, exporter, { ...archive, source });
    expect(await readFile(path)).toEqual(expected);
  });

  it('reads one segment ahead and no more', async () => {
    let read = 0;
    const source = sourceThat(() => {
      read++;
      return undefined;
    });
    const chunks = exporter({ ...archive, source });
    await chunks.next();
    const before = read;
    await chunks.next();
    expect(read).toBeLessThanOrEqual(before + 2);
    await chunks.return({} as never);
    expect(read).toBeLessThanOrEqual(before + 2);
  });
});

describe('exportCmafSlice', () => {
  it('has the archive’s fragments as they are', async () => {
    expect(await exported(exportCmafSlice, [])).toEqual(
      Buffer.concat(await Promise.all(archive.segments.map((segment) => archive.source.bytes(segment)))),
    );
  });

  it('moves the fragments behind a gap, both tracks by the same time', async () => {
    const startsMs = (bytes: Uint8Array) => {
      const runs = [...fragmentTablesIn(bytes)].flatMap(({ sequenceNumber, runs }) =>
        runs.map((run) => ({ ...run, sequenceNumber })),
      );
      return new Map(
        runs.map(({ sequenceNumber, trackId, baseMediaDecodeTime }) => {
          return [`${sequenceNumber} ${trackId}`, baseMediaDecodeTime / (trackId === 1 ? 90 : 48)];
        }),
      );
    };
    const whole = startsMs(await exported(exportCmafSlice, []));
    const shorter = startsMs(await exported(exportCmafSlice, [101, 102]));
    const firstBehind = `${103 * 1024 + 1}`;
    let isBehind = false;
    for (const [name, startMs] of shorter) {
      isBehind ||= name.startsWith(firstBehind);
      expect(whole.get(name)! - startMs).toBeCloseTo(isBehind ? 4000 : 0, 6);
    }
    expect([isBehind, shorter.size]).toEqual([true, (whole.size * 4) / 6]);
  });
});
