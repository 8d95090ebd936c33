import { randomUUID } from 'node:crypto';
import type { Clock, StreamId } from '../live/index.ts';
import type { RecordFormatRule } from '../rules/index.ts';
import type { RecordingEffect } from './recording-effect.ts';
import type { WholeSegment } from './recording-file.ts';
import { RecordingSession } from './recording-session.ts';
import { IDLE, type RecordingState } from './recording-state.ts';
import type { ExportedSlice } from './slice-playlist.ts';
import { StateFile } from './state-file.ts';

/** Something to be done for a recording, once at least, over any crash. */
export type RecordingTask = { readonly id: string; readonly effect: RecordingEffect };

/** A slice that is in its storage, or on its way there. */
export type MadeSlice = Omit<ExportedSlice, 'uri' | 'initUri'> & {
  readonly storage: string;
  readonly object: string;
  readonly initObject?: string;
  readonly sizeBytes: number;
};

/** Slices by the file that they belong to. */
type Slices = Readonly<Record<string, readonly MadeSlice[]>>;

export type DeskState = {
  readonly session: RecordingState;
  readonly tasks: readonly RecordingTask[];
  readonly slices: Slices;
};

export type RecordingDeskOptions = {
  readonly id: StreamId;
  readonly clock: Clock;
  readonly file: string;
  /** There are new tasks, and they are on the disk. */
  readonly onTasks: (desk: RecordingDesk) => void;
  readonly onError: (error: unknown) => void;
};

/** All that is under way in recording one stream, kept in one file. */
export class RecordingDesk {
  readonly id: StreamId;
  readonly #options: RecordingDeskOptions;
  readonly #file: StateFile<DeskState>;
  readonly session: RecordingSession;
  #tasks: RecordingTask[];
  #slices: Slices;

  private constructor(
    options: RecordingDeskOptions,
    file: StateFile<DeskState>,
    state: DeskState,
    open: (hearer: { clock: Clock; onChange: (effects: readonly RecordingEffect[]) => void }) => RecordingSession,
  ) {
    this.id = options.id;
    this.#options = options;
    this.#file = file;
    this.#tasks = [...state.tasks];
    this.#slices = state.slices;
    const early: RecordingEffect[] = [];
    let take = (effects: readonly RecordingEffect[]) => {
      early.push(...effects);
    };
    this.session = open({ clock: options.clock, onChange: (effects) => take(effects) });
    take = (effects) => this.#changed(effects);
    if (early.length > 0 || state.tasks.length > 0) this.#changed(early);
  }

  static open(options: RecordingDeskOptions): RecordingDesk {
    const file = new StateFile<DeskState>(options.file);
    const fresh = { session: IDLE, tasks: [], slices: {} };
    return new RecordingDesk(options, file, fresh, (hearer) => new RecordingSession(hearer));
  }

  /** What a server that is no more left behind; undefined where that is nothing. */
  static async restore(
    options: RecordingDeskOptions,
    archivedSince: (state: RecordingState) => Promise<readonly WholeSegment[]>,
  ): Promise<RecordingDesk | undefined> {
    const file = new StateFile<DeskState>(options.file);
    const state = await file.read();
    if (!state) return undefined;
    const archived = await archivedSince(state.session);
    const desk = new RecordingDesk(options, file, state, (hearer) =>
      RecordingSession.restore(hearer, state.session, archived),
    );
    if (!desk.isIdle) return desk;
    // Of what had only begun, nothing is left to do.
    await desk.#save();
    return undefined;
  }

  /** The oldest task of each line. */
  get nextTasks(): readonly RecordingTask[] {
    const next = new Map<string, RecordingTask>();
    for (const task of this.#tasks) if (!next.has(lineOf(task))) next.set(lineOf(task), task);
    return [...next.values()];
  }

  /** Whether nothing is recorded and nothing is left to do. */
  get isIdle(): boolean {
    const { status, isLive } = this.session.state;
    return this.#tasks.length === 0 && status === 'idle' && !isLive;
  }

  /** The first segment that a recording or a task still needs. */
  get neededFrom(): number {
    const ofFiles = this.session.state.files.map(({ tally }) => tally.firstSegment);
    const ofTasks = this.#tasks.map(({ effect }) => ('firstSegment' in effect ? effect.firstSegment : Infinity));
    return Math.min(...ofFiles, ...ofTasks, Number.POSITIVE_INFINITY);
  }

  slicesOf(file: string): readonly MadeSlice[] {
    return this.#slices[file] ?? [];
  }

  /** Those of all files in a format that are not cut yet. */
  slicesIn(format: RecordFormatRule['format']): readonly MadeSlice[] {
    return Object.entries(this.#slices).flatMap(([file, slices]) => (file.startsWith(`${format} `) ? slices : []));
  }

  /** The task is done; `slice` is what came of it. */
  async done(task: RecordingTask, made?: { readonly file: string; readonly slice?: MadeSlice }): Promise<void> {
    this.#tasks = this.#tasks.filter(({ id }) => id !== task.id);
    if (made?.slice) {
      const others = this.slicesOf(made.file).filter(({ object }) => object !== made.slice?.object);
      this.#slices = { ...this.#slices, [made.file]: [...others, made.slice] };
    } else if (made) {
      this.#slices = Object.fromEntries(Object.entries(this.#slices).filter(([file]) => file !== made.file));
    }
    await this.#save();
  }

  close(): Promise<void> {
    this.session.close();
    return this.#save();
  }

  #changed(effects: readonly RecordingEffect[]): void {
    this.#tasks.push(...effects.map((effect) => ({ id: randomUUID(), effect })));
    void this.#save().then(() => {
      if (this.#tasks.length > 0) this.#options.onTasks(this);
    });
  }

  /** A disk that fails is told of; the recording goes on, and is lost only if the server ends before it is well. */
  async #save(): Promise<void> {
    const state = { session: this.session.state, tasks: this.#tasks, slices: this.#slices };
    try {
      await this.#file.write(this.isIdle ? undefined : state);
    } catch (error) {
      this.#options.onError(error);
    }
  }
}

/** Tasks of one line are done in their order: a stream's statuses, and what is made in each format. */
export function lineOf({ effect }: RecordingTask): string {
  return effect.kind === 'statusChanged' ? 'status' : effect.rule.format;
}
