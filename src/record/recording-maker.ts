import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { ArchivedSegment, ArchiveReader } from '../archive/index.ts';
import { type StreamId, streamKey } from '../live/index.ts';
import type { NewUpload } from '../storage/index.ts';
import { archiveSource } from './archive-source.ts';
import type { Exporter, ExportReport } from './export.ts';
import { exportFlv } from './flv-export.ts';
import { exportMp4 } from './mp4-export.ts';
import type { Recording, RecordingFormat } from './recording-catalogue.ts';
import type { MadeSlice, RecordingDesk, RecordingTask } from './recording-desk.ts';
import type { Recorded, RecordingEffect } from './recording-effect.ts';
import type { SegmentRange } from './recording-file.ts';
import { fileNameOf, sliceNameOf } from './recording-names.ts';
import { exportCmafSlice, exportTsSlice } from './slice-exports.ts';
import { slicePlaylistOf } from './slice-playlist.ts';
import { writeExport } from './write-export.ts';

/** What the upload of a recording carries until it is stored. Plain JSON. */
export type RecordingUpload = {
  readonly stream: StreamId;
  readonly sessionId: string;
  readonly pushArgs: Readonly<Record<string, string>>;
  /** Absent for slices and init segments, of which nobody is told. */
  readonly recording?: Omit<Recording, 'sizeBytes'>;
  /** Of a playlist's slices together. */
  readonly slicesBytes?: number;
  /** What was uploaded, to be removed then. */
  readonly file?: string;
};

export type RecordingMakerOptions = {
  readonly archive: ArchiveReader;
  /** Where files are made before they go into their storage: on the archive's disk. */
  readonly folder: string;
  readonly add: (upload: NewUpload & { readonly data: RecordingUpload }) => Promise<unknown>;
  /** What objects are named by, where the rules' name alone could be that of another stream's objects too. */
  readonly ownTemplate: (stream: StreamId, storage: string, template: string) => Promise<string>;
};

type SliceEffect = Extract<RecordingEffect, { kind: 'slice' }>;
type CutEffect = Extract<RecordingEffect, { kind: 'cut' }>;

/** `id` is the task's. */
type Job = { readonly id: string; readonly ranges: readonly SegmentRange[]; readonly signal: AbortSignal };

/** The kind that uploads of recordings have. */
export const RECORDING_UPLOAD = 'recording';

const FILES: Readonly<Record<'mp4' | 'flv', { readonly exporter: Exporter; readonly contentType: string }>> = {
  mp4: { exporter: exportMp4, contentType: 'video/mp4' },
  flv: { exporter: exportFlv, contentType: 'video/x-flv' },
};
const SLICES = {
  m3u8: { exporter: exportTsSlice, contentType: 'video/mp2t', extension: 'ts' },
  cmaf: { exporter: exportCmafSlice, contentType: 'video/iso.segment', extension: 'm4s' },
};
const PLAYLIST_TYPE = 'application/vnd.apple.mpegurl';
const PARTIAL = '.part';

/** Makes the files of recordings from the archive and hands them to the uploads. */
export class RecordingMaker {
  readonly #options: RecordingMakerOptions;

  constructor(options: RecordingMakerOptions) {
    this.#options = options;
  }

  /** Removes what an earlier run left unfinished, where the disk lets us: one that does not must not hold up a start. */
  async open(): Promise<void> {
    const { folder } = this.#options;
    for (const name of await readdir(folder).catch(() => [] as string[])) {
      if (name.endsWith(PARTIAL)) await rm(join(folder, name), { force: true }).catch(() => undefined);
    }
  }

  /** Resolves when what the task makes can no longer be lost. Throws ExportError where there is nothing to make it of. */
  async make(desk: RecordingDesk, { id, effect }: RecordingTask, signal: AbortSignal): Promise<Made | undefined> {
    if (effect.kind === 'statusChanged') return undefined;
    const job = { id, ranges: effect.ranges, signal };
    if (effect.kind === 'slice') return this.#slice(desk, effect, job);
    const { format } = effect.rule;
    if (format === 'm3u8' || format === 'cmaf') return this.#playlist(desk, effect, id);
    await this.#file(desk.id, effect, format, job);
    return undefined;
  }

  async #file(stream: StreamId, effect: CutEffect, format: 'mp4' | 'flv', job: Job): Promise<void> {
    const { exporter, contentType } = FILES[format];
    const object = `${fileNameOf(await this.#ownTemplate(stream, effect, effect.rule.object), stream, effect)}.${format}`;
    const { file, report } = await this.#write(stream, job, exporter, format);
    const recording = {
      ...recordingOf(effect, { id: job.id, object, contentType, durationMs: report.durationMs }),
      ...(report.lost.length > 0 ? { missingSegments: report.lost.length } : {}),
    };
    await this.#add(stream, effect, { name: object, contentType, content: { file } }, { recording, file });
  }

  async #slice(desk: RecordingDesk, effect: SliceEffect, job: Job): Promise<Made | undefined> {
    const { rule } = effect;
    if (rule.format !== 'm3u8' && rule.format !== 'cmaf') return undefined;
    const { exporter, contentType, extension } = SLICES[rule.format];
    const name = sliceNameOf(await this.#ownTemplate(desk.id, effect, rule.sliceObject), desk.id, effect);
    const object = `${name}.${extension}`;
    const segments = await this.#segmentsOf(desk.id, effect.ranges);
    const { file, report } = await this.#write(desk.id, job, exporter, extension);
    const initObject = rule.format === 'cmaf' ? await this.#init(desk, effect, name, segments[0]) : undefined;
    await this.#add(desk.id, effect, { name: object, contentType, content: { file } }, { file });
    const isDiscontinuity = segments[0]?.isDiscontinuity === true;
    const { storage } = effect;
    const slice = { storage, object, isDiscontinuity, report, sizeBytes: report.sizeBytes };
    return {
      file: fileKeyOf(effect, effect.file.firstSegment),
      slice: { ...slice, ...(initObject ? { initObject } : {}) },
    };
  }

  /**
   * The init segment lies beside the first slice of its file that needs it, and is called after that: what one
   * recording consists of, no other one does, so that each can be moved and deleted by itself.
   */
  async #init(
    desk: RecordingDesk,
    effect: SliceEffect,
    sliceName: string,
    segment: ArchivedSegment | undefined,
  ): Promise<string | undefined> {
    if (!segment) return undefined;
    const { initName, init } = segment.slice;
    const made = desk.slicesOf(fileKeyOf(effect, effect.file.firstSegment));
    const known = made.find(({ initObject }) => initObject?.endsWith(`_${initName}`));
    if (known) return known.initObject;
    const name = `${sliceName}_${initName}`;
    await this.#add(desk.id, effect, { name, contentType: 'video/mp4', content: { bytes: init } }, {});
    return name;
  }

  async #playlist(desk: RecordingDesk, effect: CutEffect, id: string): Promise<Made> {
    const key = fileKeyOf(effect, effect.firstSegment);
    const slices = desk.slicesOf(key);
    const object = `${fileNameOf(await this.#ownTemplate(desk.id, effect, effect.rule.object), desk.id, effect)}.m3u8`;
    if (slices.length > 0) {
      const text = slicePlaylistOf(slices.map((slice) => listed(slice, object)));
      const durationMs = slices.reduce((sum, { report }) => sum + report.durationMs, 0);
      const recording = {
        ...recordingOf(effect, { id, object, contentType: PLAYLIST_TYPE, durationMs }),
        slices: [...new Set(slices.flatMap((slice) => [slice.object, slice.initObject ?? []].flat()))],
      };
      const content = { bytes: Buffer.from(text) };
      const slicesBytes = slices.reduce((sum, slice) => sum + slice.sizeBytes, 0);
      const upload = { name: object, contentType: PLAYLIST_TYPE, content };
      await this.#add(desk.id, effect, upload, { recording, slicesBytes });
    }
    return { file: key };
  }

  #ownTemplate(stream: StreamId, { storage }: Recorded, template: string): Promise<string> {
    return this.#options.ownTemplate(stream, storage, template);
  }

  /** Called after its task, so that one that is made anew after a crash takes the place of what that left. */
  async #write(
    stream: StreamId,
    { id, ranges, signal }: Job,
    exporter: Exporter,
    extension: string,
  ): Promise<{ readonly file: string; readonly report: ExportReport }> {
    const segments = await this.#segmentsOf(stream, ranges);
    await mkdir(this.#options.folder, { recursive: true });
    const file = join(this.#options.folder, `${id}.${extension}`);
    const source = archiveSource(this.#options.archive, stream);
    const report = await writeExport(`${file}${PARTIAL}`, exporter, { segments, source, signal });
    await rename(`${file}${PARTIAL}`, file);
    return { file, report };
  }

  async #segmentsOf(id: StreamId, ranges: readonly SegmentRange[]): Promise<ArchivedSegment[]> {
    const found: ArchivedSegment[] = [];
    for (const { first, last } of ranges) {
      for (let next = first; next <= last; ) {
        const run = await this.#options.archive.from(id, next, last - next + 1);
        found.push(...run);
        // Segments that are gone make a hole.
        next = (run.at(-1)?.number ?? next) + 1;
      }
    }
    return found;
  }

  /** In one line for each format of a stream: nobody is told of a playlist before what it lists is there. */
  async #add(
    stream: StreamId,
    { rule, storage, sessionId, pushArgs }: Recorded,
    upload: Pick<NewUpload, 'name' | 'contentType' | 'content'>,
    carried: Pick<RecordingUpload, 'recording' | 'slicesBytes' | 'file'>,
  ): Promise<void> {
    const data = { stream, sessionId, pushArgs, ...carried };
    const line = `${streamKey(stream)} ${rule.format}`;
    await this.#options.add({ ...upload, storage, line, kind: RECORDING_UPLOAD, data });
  }
}

/** What a task made for a file: one more slice, or the file itself where there is none. */
export type Made = { readonly file: string; readonly slice?: MadeSlice };

function fileKeyOf({ rule }: Recorded, firstSegment: number): string {
  return `${rule.format} ${firstSegment}`;
}

function recordingOf(
  effect: CutEffect,
  of: Pick<Recording, 'id' | 'object' | 'contentType' | 'durationMs'>,
): Omit<Recording, 'sizeBytes'> {
  const { rule, storage, startWallMs: startMs, endWallMs: endMs, firstSegment, lastSegment } = effect;
  const format: RecordingFormat = rule.format;
  return { format, storage, ...of, startMs, endMs, firstSegment, lastSegment };
}

/** Addresses are relative to the playlist, so that the recording plays wherever it is copied to. */
function listed({ object, initObject, ...slice }: MadeSlice, playlist: string) {
  return {
    ...slice,
    uri: relative(playlist, object),
    ...(initObject === undefined ? {} : { initUri: relative(playlist, initObject) }),
  };
}

function relative(playlist: string, object: string): string {
  const path = posix.relative(posix.dirname(playlist), object).split('/').map(encodeURIComponent).join('/');
  return path;
}
