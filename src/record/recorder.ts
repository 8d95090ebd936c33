import type { Archive } from '../archive/index.ts';
import { type Clock, type Publication, type Registry, type Stream, type StreamId, streamKey } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import type { RecordFormatRule } from '../rules/index.ts';
import { ExportError } from './export-error.ts';
import { type MadeSlice, RecordingDesk, type RecordingTask } from './recording-desk.ts';
import type { RecordingEffect } from './recording-effect.ts';
import { RecordingError } from './recording-error.ts';
import type { WholeSegment } from './recording-file.ts';
import type { RecordingMaker } from './recording-maker.ts';
import type { RecordingPlan } from './recording-plan.ts';
import type { RecordingCommand } from './recording-session.ts';
import { earliestSegment } from './recording-state.ts';
import { RecordingWork } from './recording-work.ts';

type StatusEffect = Extract<RecordingEffect, { kind: 'statusChanged' }>;

export type RecorderOptions = {
  readonly registry: Pick<Registry, 'listen' | 'renditionsOf' | 'publicationOf' | 'ownerOf'>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly archive: Pick<Archive, 'streams' | 'since'>;
  readonly maker: RecordingMaker;
  /** Where the state of a stream's recordings is kept. */
  readonly stateFileOf: (id: StreamId) => string;
  /** Undefined where nothing of the stream or rendition is recorded. */
  readonly planOf: (id: StreamId) => RecordingPlan | undefined;
  /** The publish's arguments that begin with `callback_`. */
  readonly pushArgsOf: (sessionId: string) => Readonly<Record<string, string>>;
  /** Asks the backend which formats of a publish are recorded; none for no. */
  readonly ask: (id: StreamId, plan: RecordingPlan) => Promise<readonly RecordFormatRule[]>;
  /** A recording began, paused or went on; resolves when it can no longer be lost. */
  readonly onStatus: (id: StreamId, status: StatusEffect) => Promise<void>;
};

/** Recordings of all streams: what is recorded is decided by their sessions, and made of the archive. */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #desks = new Map<string, RecordingDesk>();
  readonly #closing = new AbortController();
  readonly #stopListening: () => void;
  readonly #work: RecordingWork;

  private constructor(options: RecorderOptions) {
    this.#options = options;
    this.#work = new RecordingWork({
      clock: options.clock,
      log: options.log,
      perform: (desk, task) => this.#perform(desk, task),
      onIdle: ({ id }) => this.#desks.delete(streamKey(id)),
    });
    this.#stopListening = options.registry.listen({
      published: (publication) => this.#published(publication),
      unpublished: ({ stream }) => this.#unpublished(stream),
      renditionLive: (stream) => this.#renditionLive(stream),
      renditionEnded: ({ id, segment }) => this.#desks.get(streamKey(id))?.session.unpublished(segment),
    });
  }

  /** Goes on with what a server that is no more left behind, then takes new recordings. */
  static async open(options: RecorderOptions): Promise<Recorder> {
    await options.maker.open();
    const recorder = new Recorder(options);
    for await (const id of options.archive.streams()) await recorder.#restore(id);
    return recorder;
  }

  /** A segment is in the archive. */
  kept(id: StreamId, segment: WholeSegment): void {
    this.#desks.get(streamKey(id))?.session.segmentWhole(segment);
  }

  /** Throws RecordingError. Renditions do the same as far as they can. */
  command(id: StreamId, command: RecordingCommand): void {
    const desk = this.#desks.get(streamKey(id));
    if (!desk) throw new RecordingError('STREAM_NOT_LIVE');
    desk.session.command(command);
    const stream = this.#options.registry.publicationOf(id)?.stream;
    for (const rendition of stream ? this.#options.registry.renditionsOf(stream) : []) {
      this.#follow(rendition.id, command);
    }
  }

  /** Whether the stream is being recorded now. */
  isRecording(id: StreamId): boolean {
    return this.#desks.get(streamKey(id))?.session.isRecording === true;
  }

  /** The segments that recordings still need. */
  pins(): { readonly id: StreamId; readonly from: number; readonly to: number }[] {
    const needed = [...this.#desks.values()].map(({ id, neededFrom }) => ({ id, from: neededFrom }));
    return needed.flatMap(({ id, from }) => (Number.isFinite(from) ? [{ id, from, to: Number.MAX_SAFE_INTEGER }] : []));
  }

  /** Transport-stream slices that are stored, or about to be, while their recording runs. */
  runningSlices(id: StreamId): readonly MadeSlice[] {
    return this.#desks.get(streamKey(id))?.slicesIn('m3u8') ?? [];
  }

  /** Breaks off what is being made; it is begun again at the next start. */
  async close(): Promise<void> {
    this.#stopListening();
    this.#closing.abort();
    await this.#work.close();
    for (const desk of this.#desks.values()) await desk.close();
  }

  #published({ stream, publisher: { sessionId }, isResumed }: Publication): void {
    const { registry } = this.#options;
    this.#begin(stream, sessionId, isResumed);
    for (const rendition of registry.renditionsOf(stream)) this.#begin(rendition, sessionId, true);
  }

  #renditionLive(stream: Stream): void {
    const owner = this.#options.registry.ownerOf(stream.id);
    const sessionId = this.#options.registry.publicationOf(owner)?.publisher.sessionId;
    if (sessionId === undefined) return;
    this.#begin(stream, sessionId, false);
    const isManual = this.#options.planOf(stream.id)?.onDemand === 'manual';
    if (isManual && this.isRecording(owner)) this.#follow(stream.id, 'start');
  }

  #follow(rendition: StreamId, command: RecordingCommand): void {
    try {
      this.#desks.get(streamKey(rendition))?.session.command(command);
    } catch (error) {
      // A rendition that started later or is not recorded has nothing to stop.
      if (!(error instanceof RecordingError)) throw error;
    }
  }

  #begin({ id, segment }: Stream, sessionId: string, isResumed: boolean): void {
    const { planOf, pushArgsOf, ask, log } = this.#options;
    const plan = planOf(id);
    const known = this.#desks.get(streamKey(id));
    if (!plan && !known) return;
    const desk = known ?? this.#open(id);
    // The segment that a lost publisher filled is over; the next one begins with his return.
    const firstSegment = isResumed ? segment + 1 : segment;
    desk.session.published({ sessionId, firstSegment, plan, pushArgs: pushArgsOf(sessionId) });
    if (plan?.onDemand !== 'callback') return;
    ask(id, plan)
      .catch((error: unknown) => {
        log.warn({ error, ...id }, 'the backend did not say whether to record: it is not');
        return [];
      })
      .then((formats) => desk.session.answered(sessionId, formats));
  }

  #unpublished(stream: Stream): void {
    for (const { id, segment } of [stream, ...this.#options.registry.renditionsOf(stream)]) {
      this.#desks.get(streamKey(id))?.session.unpublished(segment);
    }
  }

  #open(id: StreamId): RecordingDesk {
    const desk = RecordingDesk.open(this.#deskOptions(id));
    this.#desks.set(streamKey(id), desk);
    return desk;
  }

  async #restore(id: StreamId): Promise<void> {
    const desk = await RecordingDesk.restore(this.#deskOptions(id), (state) =>
      this.#options.archive.since(id, earliestSegment(state)),
    );
    if (!desk) return;
    this.#options.log.info(
      { ...id },
      'recording was open when the server ended: it waits for its publisher, or is finished now',
    );
    if (!this.#desks.has(streamKey(id))) this.#desks.set(streamKey(id), desk);
  }

  #deskOptions(id: StreamId) {
    return {
      id,
      clock: this.#options.clock,
      file: this.#options.stateFileOf(id),
      onTasks: (desk: RecordingDesk) => this.#work.look(desk),
      onError: (error: unknown) => this.#options.log.error({ error, ...id }, 'state of a recording cannot be written'),
    };
  }

  async #perform(desk: RecordingDesk, task: RecordingTask): Promise<void> {
    const { maker, onStatus, log } = this.#options;
    const { effect } = task;
    if (effect.kind === 'statusChanged') {
      await onStatus(desk.id, effect);
      await desk.done(task);
      return;
    }
    try {
      const made = await maker.make(desk, task, this.#closing.signal);
      await desk.done(task, made);
    } catch (error) {
      if (!(error instanceof ExportError)) throw error;
      // Trying again would find no more than now.
      log.error({ error, ...desk.id, format: effect.rule.format }, 'recording could not be made');
      await desk.done(task);
    }
  }
}
