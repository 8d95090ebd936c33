import { type Fmp4Track, type MovieTrack, type SampleEntry, SampleTable } from '../protocol/fmp4/index.ts';
import { ticksOf } from './seams.ts';
import type { SegmentTable, TrackRun } from './segment-table.ts';

type TableTrack = {
  readonly descriptions: [Fmp4Track, ...Fmp4Track[]];
  readonly samples: SampleTable;
  readonly startTicks: number;
};

/** Gathers what segments' moofs say for the moov of one file, whose mdat holds the payloads of their mdats. */
export class MovieTables {
  readonly #tracks = new Map<number, TableTrack>();
  #payloadBytes = 0;

  get tracks(): readonly MovieTrack[] {
    return [...this.#tracks.values()];
  }

  get payloadBytes(): number {
    return this.#payloadBytes;
  }

  /** @param shiftMs how much earlier than in stream time the samples are to be */
  add({ fragments }: SegmentTable, shiftMs: number): void {
    for (const { payloadOffset, payloadBytes, runs } of fragments) {
      for (const run of runs) this.#addRun(run, this.#payloadBytes + run.dataOffset - payloadOffset, shiftMs);
      this.#payloadBytes += payloadBytes;
    }
  }

  #addRun(run: TrackRun, offset: number, shiftMs: number): void {
    const known = this.#tracks.get(run.trackId);
    const timescale = known?.descriptions[0].timescale ?? run.track.timescale;
    const scale = timescale / run.track.timescale;
    const baseTicks = Math.round(run.baseMediaDecodeTime * scale) - ticksOf(shiftMs, timescale);
    const track = known ?? { descriptions: [run.track], samples: new SampleTable(), startTicks: baseTicks };
    this.#tracks.set(run.trackId, track);
    // A last sample lasts until the next one begins, over a gap that was closed too.
    track.samples.endAt(baseTicks - track.startTicks);
    track.samples.addChunk(offset, descriptionOf(track, run.track), scale === 1 ? run.samples : scaled(run, scale));
  }
}

/** The number of the description, a new one for parameters that the track did not have yet. */
function descriptionOf({ descriptions }: TableTrack, wanted: Fmp4Track): number {
  const index = descriptions.findLastIndex((known) => isSame(known, wanted));
  return index >= 0 ? index + 1 : descriptions.push(wanted);
}

function isSame(a: Fmp4Track, b: Fmp4Track): boolean {
  if (a === b) return true;
  if (a.codec !== b.codec || a.timescale !== b.timescale || !isEqual(a.config, b.config)) return false;
  if (a.kind === 'video') return b.kind === 'video' && a.width === b.width && a.height === b.height;
  return b.kind === 'audio' && a.sampleRate === b.sampleRate && a.channels === b.channels;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** In another timescale; each sample begins at the tick nearest to where it did. */
function scaled({ samples, baseMediaDecodeTime }: TrackRun, scale: number): SampleEntry[] {
  let ticks = baseMediaDecodeTime;
  return samples.map((sample) => {
    const startTicks = Math.round(ticks * scale);
    ticks += sample.durationTicks;
    return {
      ...sample,
      durationTicks: Math.round(ticks * scale) - startTicks,
      compositionOffsetTicks: Math.round(sample.compositionOffsetTicks * scale),
    };
  });
}
