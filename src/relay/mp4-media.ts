import { concat, MalformedError } from '../protocol/bytes/index.ts';
import {
  encodeAudioFrameHeader,
  encodeAudioSequenceHeader,
  encodeVideoFrameHeader,
  encodeVideoSequenceHeader,
} from '../protocol/flv/index.ts';
import { FragmentReader, type ReadSample, type ReadTrack } from '../protocol/fmp4/index.ts';
import type { SourceMedia } from './source.ts';

/** Sample entries of what FFmpeg writes to MP4 and no stream of ours carries. */
const UNFIT = {
  audio: ['Opus', 'fLaC', 'ac-3', 'ec-3', 'alac', 'samr', 'sawb', 'ipcm', 'fpcm', '.mp3'],
  video: ['mp4v', 'vp08', 'vp09', 'jpeg', 'mjpa', 'mjpg', 's263'],
} as const;

/** The stream has tracks that must be encoded anew. */
export class UnfitTrackError extends Error {
  readonly kind: 'audio' | 'video';

  constructor(kind: 'audio' | 'video') {
    super(`its ${kind} is of a codec that a stream cannot carry`);
    this.kind = kind;
  }
}

/** Turns fragmented MP4 as FFmpeg writes it into media as a publisher sends it. */
export class Mp4Media {
  readonly #reader = new FragmentReader();
  readonly #known = new Set<ReadTrack>();
  #head = Buffer.alloc(0);
  #hasMedia = false;

  /** Throws `UnfitTrackError`, and `MalformedError` where it is no MP4. */
  push(bytes: Uint8Array): SourceMedia[] {
    if (!this.#hasMedia) this.#look(bytes);
    return this.#samples(bytes).flatMap((sample) => this.#mediaOf(sample));
  }

  #samples(bytes: Uint8Array): ReadSample[] {
    try {
      return this.#reader.push(bytes);
    } catch (error) {
      // MP3 is written as AAC is, without what AAC needs.
      if (error instanceof MalformedError && error.message.includes('esds')) throw new UnfitTrackError('audio');
      throw error;
    }
  }

  #look(bytes: Uint8Array): void {
    this.#head = Buffer.concat([this.#head, bytes]);
    const end = this.#head.indexOf('moof');
    if (end < 0 && this.#head.length < 65_536) return;
    this.#hasMedia = true;
    const head = this.#head.subarray(0, end < 0 ? undefined : end);
    this.#head = Buffer.alloc(0);
    for (const kind of ['video', 'audio'] as const) {
      if (UNFIT[kind].some((entry) => head.includes(entry))) throw new UnfitTrackError(kind);
    }
  }

  #mediaOf({ track, dts, compositionOffset, isSync, data }: ReadSample): SourceMedia[] {
    const { codec, timescale, config } = track;
    const inMs = (ticks: number) => Math.round((ticks * 1000) / timescale);
    const timestamp = Math.max(0, inMs(dts));
    const isNew = !this.#known.has(track);
    this.#known.add(track);
    if (codec === 'aac') {
      const frame = { kind: 'audio', timestamp, payload: concat([encodeAudioFrameHeader('aac'), data]) } as const;
      if (!isNew) return [frame];
      return [{ kind: 'audio', timestamp, payload: encodeAudioSequenceHeader('aac', config) }, frame];
    }
    const header = encodeVideoFrameHeader(codec, isSync, inMs(dts + compositionOffset) - inMs(dts));
    const frame = { kind: 'video', timestamp, payload: concat([header, data]) } as const;
    if (!isNew) return [frame];
    return [{ kind: 'video', timestamp, payload: encodeVideoSequenceHeader(codec, config) }, frame];
  }
}
