import { type Archive, Sweeper } from '../../../src/archive/index.ts';
import type { Logger } from '../../../src/log/index.ts';
import { Feed, flvFraming, type HlsPackager } from '../../../src/packager/index.ts';
import { FlvReader } from '../../../src/protocol/flv/index.ts';
import { FragmentReader } from '../../../src/protocol/fmp4/index.ts';
import { Archiver } from '../../../src/record/index.ts';
import { framesOf } from '../../support/flv-file.ts';
import type { VirtualEncoder } from '../../support/virtual-encoder.ts';
import { tsFrames } from './ts-frames.ts';

type Kind = 'video' | 'audio';

/** How far sound and picture are apart at one door, against when the encoder took them. */
export class Sync {
  readonly #encoder: VirtualEncoder;
  readonly #offsetsMs: { video?: number; audio?: number } = {};
  mostApartMs = 0;
  lastApartMs = 0;
  frames = 0;

  constructor(encoder: VirtualEncoder) {
    this.#encoder = encoder;
  }

  saw(kind: Kind, shownMs: number, data: Uint8Array): void {
    const takenMs = this.#encoder.takenMsOf(kind, data);
    this.#offsetsMs[kind] = shownMs - takenMs;
    this.frames++;
    const { video, audio } = this.#offsetsMs;
    if (video === undefined || audio === undefined || takenMs < 1000) return;
    this.lastApartMs = Math.abs(video - audio);
    this.mostApartMs = Math.max(this.mostApartMs, this.lastApartMs);
  }
}

/** An HTTP-FLV viewer from the beginning to the end, who sees every frame. */
export function watchFlv(encoder: VirtualEncoder): Sync {
  const sync = new Sync(encoder);
  const reader = new FlvReader();
  const write = (bytes: Uint8Array) => {
    const tags = reader.push(bytes);
    for (const kind of ['video', 'audio'] as const) {
      for (const { timestampMs, payload } of framesOf(tags, kind)) sync.saw(kind, timestampMs, payload);
    }
  };
  const feed = new Feed({
    ...{ stream: encoder.stream, clock: encoder.clock, framing: flvFraming },
    ...{ mergeWindowMs: 0, queueBytes: 1e6, queueSeconds: 10, stallMs: 10_000 },
    ...{ onUnused: () => undefined, tally: { deliveredBytes: 0, skips: 0, closedViewers: 0 } },
  });
  feed.add({ outlet: { write, writableLength: 0 }, end: () => undefined });
  return sync;
}

/** Players of HLS, who look at the newest whole segment now and then: MPEG-TS, fragmented MP4, and that part by part. */
export class HlsDoors {
  readonly ts: Sync;
  readonly fmp4: Sync;
  readonly parts: Sync;
  readonly #packager: HlsPackager;

  constructor(encoder: VirtualEncoder, packager: HlsPackager) {
    this.#packager = packager;
    [this.ts, this.fmp4, this.parts] = [new Sync(encoder), new Sync(encoder), new Sync(encoder)];
  }

  look(number: number): void {
    const segment = this.#packager.window.find(number);
    if (!segment) throw new Error(`segment ${number} is not there`);
    for (const { kind, ptsMs, data } of tsFrames(this.#packager.segment(number, 'ts') ?? new Uint8Array(0))) {
      this.ts.saw(kind, ptsMs, data);
    }
    const init = this.#packager.initOf(segment.tracks).bytes;
    lookAtFragments(this.fmp4, init, [this.#packager.segment(number, 'fmp4') ?? new Uint8Array(0)]);
    const parts = segment.parts.map((_, index) => this.#packager.part(number, index) ?? new Uint8Array(0));
    lookAtFragments(this.parts, init, parts);
  }
}

function lookAtFragments(sync: Sync, init: Uint8Array, fragments: readonly Uint8Array[]): void {
  const reader = new FragmentReader();
  reader.push(init);
  for (const { track, dts, compositionOffset, data } of fragments.flatMap((each) => reader.push(each))) {
    const shownMs = ((dts + compositionOffset) * 1000) / track.timescale;
    sync.saw(track.codec === 'aac' ? 'audio' : 'video', shownMs, data);
  }
}

/** The stream is kept in an archive, as time shift and recordings want it, for so long and no longer. */
export class Keeping {
  readonly sync: Sync;
  readonly #options: { readonly archive: Archive; readonly encoder: VirtualEncoder };
  readonly #archiver: Archiver;
  readonly #sweeper: Sweeper;
  #kept = 0;
  #hear: () => void = () => undefined;
  readonly troubles: unknown[] = [];

  constructor(options: {
    readonly archive: Archive;
    readonly encoder: VirtualEncoder;
    readonly packager: HlsPackager;
    readonly keepMs: number;
    readonly log: Logger;
  }) {
    const { archive, encoder, packager, keepMs, log } = options;
    this.#options = options;
    this.sync = new Sync(encoder);
    const openWriter = () => {
      const writer = archive.writer(encoder.stream.id, {
        onTrouble: (error) => this.troubles.push(error),
        onLost: (segments) => this.troubles.push(segments),
        onKept: ({ number }) => {
          this.#kept = number;
          this.#hear();
        },
      });
      return { writer, close: () => archive.release(writer) };
    };
    this.#archiver = new Archiver({
      ...{ isKept: () => true, packagerOf: () => packager, openWriter },
      registry: {
        listen(listener) {
          listener.published?.({ stream: encoder.stream, isResumed: false } as never);
          return () => undefined;
        },
      },
    });
    this.#sweeper = new Sweeper({
      ...{ archive, log, wallMs: () => encoder.clock.wallMs() },
      uploads: { upload: async () => undefined, remove: async () => undefined } as never,
      ruleOf: () => ({ keepMs, keepBytes: 0, storage: '', localMs: keepMs }),
    });
  }

  /** Waits for the disk, which knows no virtual time. */
  async has(number: number): Promise<void> {
    while (this.#kept < number) {
      await new Promise<void>((resolve) => {
        this.#hear = resolve;
      });
    }
  }

  /** Reads a segment back, and drops what is too old. */
  async look(number: number): Promise<void> {
    const { archive, encoder } = this.#options;
    const segment = await archive.find(encoder.stream.id, number);
    if (!segment) throw new Error(`segment ${number} is not in the archive`);
    const init = segment.slice.init ?? new Uint8Array(0);
    lookAtFragments(this.sync, init, [await archive.bytes(encoder.stream.id, segment)]);
    await this.#sweeper.sweep();
  }

  close(): Promise<void> {
    return this.#archiver.close();
  }
}
