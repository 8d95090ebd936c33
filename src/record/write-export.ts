import { type FileHandle, open, rm } from 'node:fs/promises';
import type { ExportJob, ExportReport } from './export.ts';
import { SegmentLostError } from './export-error.ts';

/** Parts are small; a write for each costs more than its bytes. */
const GATHERED_BYTES = 1024 * 1024;

/** An Exporter, which may report more. */
type ReportingExporter<R extends ExportReport> = (job: ExportJob) => AsyncGenerator<Uint8Array, R, void>;

/**
 * Makes a file and brings it to the disk, its name excepted; leaves none behind where that fails. A segment that goes
 * meanwhile is left out, and the file begun anew.
 */
export async function writeExport<R extends ExportReport>(
  file: string,
  exporter: ReportingExporter<R>,
  job: ExportJob,
): Promise<R> {
  const handle = await open(file, 'w', 0o644);
  try {
    const report = await writeWhole(handle, exporter, job);
    await handle.sync();
    return report;
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  } finally {
    await handle.close();
  }
}

async function writeWhole<R extends ExportReport>(
  handle: FileHandle,
  exporter: ReportingExporter<R>,
  job: ExportJob,
): Promise<R> {
  let { segments } = job;
  const lost: number[] = [];
  for (;;) {
    try {
      const report = await write(handle, exporter({ ...job, segments }));
      return { ...report, lost: [...lost, ...report.lost].toSorted((a, b) => a - b) };
    } catch (error) {
      if (!(error instanceof SegmentLostError)) throw error;
      lost.push(error.segment);
      segments = segments.filter(({ number }) => number !== error.segment);
      await handle.truncate(0);
    }
  }
}

async function write<R extends ExportReport>(handle: FileHandle, chunks: ReturnType<ReportingExporter<R>>): Promise<R> {
  const gathered = new Uint8Array(GATHERED_BYTES);
  let length = 0;
  let position = 0;
  const writeOut = async (bytes: Uint8Array) => {
    await writeAll(handle, bytes, position);
    position += bytes.length;
  };
  const flush = async () => {
    await writeOut(gathered.subarray(0, length));
    length = 0;
  };
  for (;;) {
    const next = await chunks.next();
    if (next.done) {
      await flush();
      return next.value;
    }
    const chunk = next.value;
    if (length + chunk.length > GATHERED_BYTES) await flush();
    if (chunk.length > GATHERED_BYTES) {
      await writeOut(chunk);
    } else {
      gathered.set(chunk, length);
      length += chunk.length;
    }
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let offset = 0; offset < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, offset, undefined, position + offset);
    offset += bytesWritten;
  }
}
