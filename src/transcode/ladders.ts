import { diesWithParent, type Encoders } from '../ffmpeg/index.ts';
import { type Clock, type Registry, type Stream, type StreamId, streamKey } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import { forecastOf, type RenditionForecast } from './forecast.ts';
import { Ladder, type LadderOptions } from './ladder.ts';
import type { LadderEvent } from './ladder-event.ts';

export type LaddersOptions = {
  readonly registry: Registry;
  readonly clock: Clock;
  readonly log: Logger;
  /** Undefined where there is no FFmpeg. */
  readonly ffmpegPath: string | undefined;
  readonly encoders: Encoders;
  readonly wanted: (id: StreamId) => Pick<LadderOptions, 'templates' | 'isLazy'>;
  readonly measured: (id: StreamId) => ReturnType<LadderOptions['measured']>;
  readonly viewersOf: (id: StreamId) => number;
  /** Why no further rendition of a stream may be encoded, beside so many that are about to be. */
  readonly overrun?: (id: StreamId, more: number) => string | undefined;
  /** Why renditions that run are to be given up. */
  readonly pressure?: LadderOptions['pressure'];
  readonly isLeaving?: LadderOptions['isLeaving'];
  /** Which processes run, each time that changes. */
  readonly onProcesses: (pids: readonly number[]) => void;
  readonly onEvent: (event: LadderEvent, source: StreamId) => void;
};

/** The ladders of all streams whose rules want renditions. */
export class Ladders {
  readonly #options: LaddersOptions;
  readonly #ladders = new Map<string, Ladder>();
  readonly #command: readonly string[] | undefined;
  readonly #stopListening: () => void;

  constructor(options: LaddersOptions) {
    this.#options = options;
    this.#command = options.ffmpegPath === undefined ? undefined : [...diesWithParent(), options.ffmpegPath];
    this.#stopListening = options.registry.listen({
      published: ({ stream, isResumed }) => {
        if (!isResumed) this.#open(stream);
      },
      ended: ({ id }) => this.#drop(id),
    });
  }

  /** What the next ladder encodes with. */
  get encoders(): Encoders {
    return this.#options.encoders;
  }

  of(id: StreamId): Ladder | undefined {
    return this.#ladders.get(streamKey(id));
  }

  /** The renditions that a stream has or can have, whether or not they run. */
  renditionsOf(id: StreamId): RenditionForecast[] {
    const ladder = this.of(id);
    if (!ladder) return [];
    const { measured, encoders } = this.#options;
    const facts = { tracks: ladder.stream.tracks, ...measured(id) };
    const means = { hasFfmpeg: this.#command !== undefined, encoders };
    return ladder.rungs.flatMap((rung) => forecastOf(rung, facts, means) ?? []);
  }

  [Symbol.iterator](): IterableIterator<Ladder> {
    return this.#ladders.values();
  }

  close(): void {
    this.#stopListening();
    for (const ladder of this.#ladders.values()) ladder.close();
    this.#ladders.clear();
  }

  #open(stream: Stream): void {
    const { registry, clock, log, encoders, wanted, measured, viewersOf, overrun, pressure, isLeaving, onEvent } =
      this.#options;
    const { templates, isLazy } = wanted(stream.id);
    if (templates.length === 0) return;
    const ladder = new Ladder({
      stream,
      registry,
      clock,
      log,
      command: this.#command,
      encoders,
      templates,
      isLazy,
      measured: () => measured(stream.id),
      viewersOf,
      overrun: (more) => overrun?.(stream.id, more),
      pressure,
      isLeaving,
      onEvent: (event) => onEvent(event, stream.id),
      onProcesses: () => this.#options.onProcesses([...this].flatMap(({ pids }) => pids)),
    });
    this.#ladders.set(streamKey(stream.id), ladder);
  }

  #drop(id: StreamId): void {
    this.#ladders.get(streamKey(id))?.close();
    this.#ladders.delete(streamKey(id));
  }
}
