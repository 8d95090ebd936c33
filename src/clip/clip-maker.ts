import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArchivedSegment, ArchiveReader } from '../archive/index.ts';
import type { StreamId } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import { exportMp4, readSegment, writeExport } from '../record/index.ts';
import { type KeyFrame, keyFrameOf, type Picture } from '../snapshot/index.ts';
import type { NewUpload } from '../storage/index.ts';
import { chaptersOf, type PlayedRange } from './chapters.ts';
import type { AskedClip, ClipPoster, MadeClip } from './clip.ts';
import { ClipError } from './clip-error.ts';
import { lastRange } from './cut-range.ts';
import type { Marker } from './marker.ts';
import { type SmartCutReport, smartCut } from './smart-cut.ts';

/** What the upload of a clip's file carries until it is stored. Plain JSON. */
export type ClipUpload = { readonly stream: StreamId; readonly clipId: string; readonly file: string };

export type ClipMakerOptions = {
  readonly archive: Pick<ArchiveReader, 'between' | 'before' | 'from' | 'bytes'>;
  /** Where files are made before they go into their storage: on the archive's disk. */
  readonly folder: string;
  readonly add: (upload: NewUpload & { readonly data: ClipUpload }) => Promise<unknown>;
  /** The markers of a stream, by wall clock. */
  readonly markersOf: (id: StreamId, fromMs: number, toMs: number) => Promise<readonly Marker[]>;
  /** FFmpeg and what starts it; undefined where there is none: then clips are cut to the segment. */
  readonly ffmpeg: readonly string[] | undefined;
  readonly picture: ((frame: KeyFrame) => Promise<Picture>) | undefined;
  readonly log: Logger;
};

/** The kind that uploads of clips have. */
export const CLIP_UPLOAD = 'clip';

const POSTER_SIZES = { shortSide: 720, tileShortSide: 90 };
/** A marker that long before a clip still names its beginning. */
const MARKER_BEFORE_MS = 6 * 3_600_000;
/** Publishers send unevenly, and break off: so much further back is looked for the last seconds. */
const UNEVEN_MS = 60_000;
const MAX_CHAPTERS = 200;
const PARTIAL = '.part';
const NO_FFMPEG = 'there is no FFmpeg on this server';

/** Cuts clips out of the archive and hands them to the uploads. */
export class ClipMaker {
  readonly #options: ClipMakerOptions;

  constructor(options: ClipMakerOptions) {
    this.#options = options;
  }

  /** Removes what an earlier run left unfinished, where the disk lets us: one that does not must not hold up a start. */
  async open(): Promise<void> {
    const { folder } = this.#options;
    for (const name of await readdir(folder).catch(() => [] as string[])) {
      if (name.endsWith(PARTIAL)) await rm(join(folder, name), { force: true }).catch(() => undefined);
    }
  }

  /** Where a clip's file is until its storage has it. */
  fileOf(id: string, extension: 'mp4' | 'jpg'): string {
    return join(this.#options.folder, `${id}.${extension}`);
  }

  /** Resolves when the clip can no longer be lost. Throws ClipError and ExportError. */
  async make(id: StreamId, clip: AskedClip, signal: AbortSignal): Promise<MadeClip> {
    const wanted = await this.#wanted(id, clip);
    const report = await this.#writeMovie(id, clip, wanted, signal);
    const poster = await this.#poster(id, clip, wanted);
    const { width = 0, height = 0 } = wanted.find(({ slice }) => slice.tracks.video)?.slice.tracks.video ?? {};
    await this.#add(id, clip, { name: clip.object, contentType: 'video/mp4', file: this.fileOf(clip.id, 'mp4') });
    if (poster) {
      await this.#add(id, clip, { name: poster.object, contentType: 'image/jpeg', file: this.fileOf(clip.id, 'jpg') });
    }
    const { sizeBytes, durationMs, wallMs, isExact, inexactBecause, lost } = report;
    return {
      ...{ width, height, sizeBytes, durationMs, wallMs, isExact },
      ...(inexactBecause === undefined ? {} : { inexactBecause }),
      ...(lost.length > 0 ? { missingSegments: lost.length } : {}),
      ...(poster ? { poster } : {}),
      chapters: await this.#chapters(id, isExact ? { fromMs: wallMs, toMs: clip.endMs } : {}, wanted),
    };
  }

  /** The segments that it is cut from. */
  async #wanted(id: StreamId, { startMs, endMs, lengthMs }: AskedClip): Promise<readonly ArchivedSegment[]> {
    const { archive } = this.#options;
    if (lengthMs === undefined) return archive.between(id, startMs, endMs);
    const candidates = await archive.between(id, startMs - UNEVEN_MS, endMs);
    const range = lastRange(candidates, endMs, lengthMs);
    return candidates.filter(({ number }) => range && number >= range.first.number && number <= range.last.number);
  }

  async #writeMovie(
    id: StreamId,
    clip: AskedClip,
    wanted: readonly ArchivedSegment[],
    signal: AbortSignal,
  ): Promise<SmartCutReport> {
    const { archive, ffmpeg, folder } = this.#options;
    await mkdir(folder, { recursive: true });
    const file = this.fileOf(clip.id, 'mp4');
    const source = { bytes: (segment: ArchivedSegment) => archive.bytes(id, segment) };
    const write = (segments: readonly ArchivedSegment[], exporter: ReturnType<typeof smartCut>) =>
      writeExport(`${file}${PARTIAL}`, exporter, { segments, source, signal });
    const { startMs, endMs, lengthMs, wantsExact } = clip;
    const report =
      wantsExact && ffmpeg
        ? await write(await this.#withNeighbours(id, wanted), smartCut({ startMs, endMs, lengthMs, ffmpeg }))
        : await write(wanted, toSegments(wantsExact ? NO_FFMPEG : undefined));
    await rename(`${file}${PARTIAL}`, file);
    return report;
  }

  /** Pictures are shown later than they are decoded: one segment more at each end. */
  async #withNeighbours(id: StreamId, wanted: readonly ArchivedSegment[]): Promise<readonly ArchivedSegment[]> {
    const [first, last] = [wanted[0], wanted.at(-1)];
    if (!first || !last) throw nothingToClip();
    const before = await this.#options.archive.before(id, first.number, 1);
    const behind = await this.#options.archive.from(id, last.number + 1, 1);
    return [...before, ...wanted, ...behind];
  }

  /** The first key frame; a clip without its picture is still a clip. */
  async #poster(id: StreamId, clip: AskedClip, wanted: readonly ArchivedSegment[]): Promise<ClipPoster | undefined> {
    const { archive, picture, log } = this.#options;
    const segment = wanted.find(({ wallMs }) => wallMs >= clip.startMs) ?? wanted[0];
    if (!picture || !segment) return undefined;
    try {
      const { parts } = readSegment(segment, await archive.bytes(id, segment));
      const packets = parts.flatMap((part) => part.packets);
      const found = packets.find((packet) => packet.kind === 'video' && packet.isKeyFrame);
      const frame = found?.kind === 'video' ? keyFrameOf(found, POSTER_SIZES) : undefined;
      if (!frame) return undefined;
      const { jpeg } = await picture(frame);
      await writeFile(this.fileOf(clip.id, 'jpg'), jpeg, { flush: true });
      const { width, height } = frame.scaledTo ?? frame.size;
      return { object: clip.object.replace(/mp4$/, 'jpg'), sizeBytes: jpeg.length, width, height };
    } catch (error) {
      log.warn({ error, ...id, clip: clip.id }, 'clip has no picture');
      return undefined;
    }
  }

  async #chapters(id: StreamId, range: PlayedRange, wanted: readonly ArchivedSegment[]): Promise<MadeClip['chapters']> {
    const [first, last] = [wanted[0], wanted.at(-1)];
    if (!first || !last) return [];
    const endMs = range.toMs ?? last.wallMs + last.durationMs;
    const markers = await this.#options.markersOf(id, first.wallMs - MARKER_BEFORE_MS, endMs);
    return chaptersOf(markers, wanted, range).slice(0, MAX_CHAPTERS);
  }

  async #add(
    stream: StreamId,
    { id: clipId, storage }: AskedClip,
    { name, contentType, file }: { readonly name: string; readonly contentType: string; readonly file: string },
  ): Promise<void> {
    const data: ClipUpload = { stream, clipId, file };
    const upload = { storage, name, contentType, content: { file }, moves: true, overwrites: true };
    await this.#options.add({ ...upload, kind: CLIP_UPLOAD, data });
  }
}

function toSegments(inexactBecause: string | undefined): ReturnType<typeof smartCut> {
  return async function* (job) {
    if (job.segments.length === 0) throw nothingToClip();
    const report = yield* exportMp4(job);
    return { ...report, isExact: false, encodedPictures: 0, ...(inexactBecause ? { inexactBecause } : {}) };
  };
}

export function nothingToClip(): ClipError {
  const remedy =
    'Choose a time that the stream has been through and that the archive still has: record.enabled or timeShift.enabled in its rule keep it there.';
  return new ClipError('NOTHING_TO_CLIP', 'the archive has nothing of the stream at that time', remedy);
}
