import type { Clock } from '../live/index.ts';
import type { RecordFormatRule } from '../rules/index.ts';
import type { RecordingEffect, RecordingStatus } from './recording-effect.ts';
import { RecordingError } from './recording-error.ts';
import type { WholeSegment } from './recording-file.ts';
import { RecordingFiles } from './recording-files.ts';
import { isWithin } from './recording-plan.ts';
import { IDLE, type RecordingPublish, type RecordingState, type WantedRange } from './recording-state.ts';

export type RecordingCommand = 'start' | 'stop' | 'restart' | 'cancel_delay';

export type RecordingSessionOptions = {
  readonly clock: Clock;
  /**
   * Something changed that segments alone would not bring about again: the state is to be kept, after the effects were
   * done. An effect may come once more after a crash between the two.
   */
  readonly onChange: (effects: readonly RecordingEffect[], state: RecordingState) => void;
};

/** What waits while the backend is asked whether it is to be recorded. */
const MAX_HELD = 100;

/**
 * Decides which segments of one stream are recorded into which files. Whatever falls between two segment boundaries, a
 * start, a stop, a window's edge, has the segment around it recorded whole.
 *
 *     idle --wanted segment--> recording --stop, publisher gone--> paused --wanted segment--> recording
 *                                  |                                  |
 *                            window closes                   delay passes, cancel_delay
 *                                  v                                  v
 *                             idle, files                        idle, files
 */
export class RecordingSession {
  readonly #options: RecordingSessionOptions;
  readonly #files: RecordingFiles;
  #publish: RecordingPublish | undefined;
  #isLive = false;
  #isAsking = false;
  #held: WholeSegment[] = [];
  #wanted: readonly WantedRange[];
  #status: RecordingState['status'];
  #statusCount: number;
  #lastSegment: number;
  /** When something was recorded last, or it was paused, by wall clock. */
  #delayFromMs: number;
  /** What its publisher was sending when he left. */
  #lastOfPublish = -1;
  #cutsAfter: number | undefined;
  #cancelDelay: (() => void) | undefined;
  #isClosed = false;
  #effects: RecordingEffect[] = [];

  constructor(options: RecordingSessionOptions, state: RecordingState = IDLE) {
    this.#options = options;
    this.#publish = state.publish;
    this.#isLive = state.isLive;
    this.#wanted = state.wanted;
    this.#status = state.status;
    this.#statusCount = state.statusCount;
    this.#lastSegment = state.lastSegment;
    this.#delayFromMs = state.delayFromMs ?? 0;
    this.#files = new RecordingFiles(state, (effect) => this.#effects.push(effect));
  }

  /**
   * After a restart: takes what the archive got since the state was kept, and waits for the publisher as long as is left
   * of the delay since then. `archived` are the stream's segments from `earliestSegment(state)` on; what a crash took from
   * it is left out of the files.
   */
  static restore(
    options: RecordingSessionOptions,
    state: RecordingState,
    archived: readonly WholeSegment[],
  ): RecordingSession {
    const session = new RecordingSession(options, state);
    session.#files.keepOnly(archived);
    for (const segment of archived) session.#whole(segment);
    session.#isLive = false;
    session.#pause(session.#delayFromMs);
    if (session.#delayLeftMs === 0) session.#finish();
    session.#changed();
    return session;
  }

  /** What a restarted server needs to go on. Plain JSON. */
  get state(): RecordingState {
    return {
      ...(this.#publish && { publish: this.#publish }),
      isLive: this.#isLive,
      wanted: this.#wanted,
      status: this.#status,
      statusCount: this.#statusCount,
      lastSegment: this.#lastSegment,
      delayFromMs: this.#delayFromMs,
      ...this.#files.state,
    };
  }

  get isRecording(): boolean {
    return this.#status === 'recording';
  }

  /** The publisher was accepted. Inside the delay he goes on with the same files, unless recordings are begun by hand. */
  published(publish: RecordingPublish): void {
    if (this.#isLive) this.#gone();
    this.#wanted = this.#wanted.map(({ from, until = publish.firstSegment - 1 }) => ({ from, until }));
    this.#publish = publish;
    this.#isLive = true;
    this.#held = [];
    const onDemand = publish.plan?.onDemand ?? 'manual';
    this.#isAsking = onDemand === 'callback';
    if (onDemand === 'off') this.#want(publish.firstSegment);
    if (onDemand !== 'manual') this.#endDelay();
    this.#changed();
  }

  /** What `onDemand: callback` was answered: the formats to record, none for no. Nothing is lost while it is awaited. */
  answered(sessionId: string, formats: readonly RecordFormatRule[]): void {
    const publish = this.#publish;
    if (!this.#isAsking || publish?.plan === undefined || publish.sessionId !== sessionId) return;
    this.#isAsking = false;
    const held = this.#held.splice(0);
    if (formats.length > 0) {
      this.#publish = { ...publish, plan: { ...publish.plan, formats } };
      this.#want(publish.firstSegment);
      for (const segment of held) this.#take(segment);
    } else this.#pause();
    this.#changed();
  }

  /** The publisher is gone, in whatever way. Its last segment may come into the archive after that. */
  unpublished(lastOfPublish = this.#lastSegment): void {
    if (!this.#isLive) return;
    this.#lastOfPublish = lastOfPublish;
    this.#gone();
    this.#changed();
  }

  /** A segment is in the archive. */
  segmentWhole(segment: WholeSegment): void {
    const { count } = this.#files;
    this.#whole(segment);
    if (this.#effects.length > 0 || this.#files.count > count) this.#changed();
  }

  /** Does what an operator wants, or throws RecordingError. */
  command(command: RecordingCommand): void {
    if (command === 'start') this.#start();
    else if (command === 'stop') this.#stop();
    else if (command === 'restart') this.#restart();
    else this.#cutNow();
    this.#changed();
  }

  /**
   * Ends the timer for good: the archive gets its last segments after that. Open files stay in the state, and wait for
   * their publisher again after the next start.
   */
  close(): void {
    this.#isClosed = true;
    this.#endDelay();
  }

  #start(): void {
    if (!this.#isLive || this.#publish?.plan === undefined) throw new RecordingError('STREAM_NOT_LIVE');
    if (this.#isOpenEnded) throw new RecordingError('TASK_ALREADY_STARTED');
    this.#isAsking = false;
    this.#held = [];
    this.#want(Math.max(this.#publish.firstSegment, this.#lastSegment + 1));
    this.#endDelay();
  }

  #stop(): void {
    if (!this.#isLive || !this.#isOpenEnded) throw new RecordingError('TASK_NOT_STARTED');
    const underWay = Math.max(this.#publish?.firstSegment ?? 0, this.#lastSegment + 1);
    this.#wanted = this.#wanted.map(({ from, until = underWay }) => ({ from, until }));
    this.#pause();
  }

  #restart(): void {
    if (this.#status !== 'recording') throw new RecordingError('TASK_NOT_STARTED');
    this.#files.cutAll();
  }

  #cutNow(): void {
    if (this.#status !== 'paused') throw new RecordingError('NOTHING_DELAYED');
    const last = this.#lastWanted;
    // The segment in which the recording was stopped, or that the publisher left, is seconds away from the archive.
    if (last !== undefined && last > this.#lastSegment) this.#cutsAfter = last;
    else this.#finish();
  }

  get #lastWanted(): number | undefined {
    const range = this.#wanted.at(-1);
    if (range === undefined || this.#isLive) return range?.until;
    return Math.min(range.until ?? this.#lastOfPublish, this.#lastOfPublish);
  }

  get #isOpenEnded(): boolean {
    const last = this.#wanted.at(-1);
    return last !== undefined && last.until === undefined;
  }

  #want(from: number): void {
    this.#wanted = [...this.#wanted, { from }];
  }

  #whole(segment: WholeSegment): void {
    if (segment.number <= this.#lastSegment) return;
    this.#lastSegment = segment.number;
    if (!this.#isAsking || segment.number < (this.#publish?.firstSegment ?? 0)) this.#take(segment);
    else if (this.#held.push(segment) > MAX_HELD) this.#held.shift();
  }

  #take(segment: WholeSegment): void {
    const { number, wallMs, durationMs } = segment;
    this.#wanted = this.#wanted.filter(({ until }) => until === undefined || until >= number);
    const range = this.#wanted.find(({ from }) => from <= number);
    const target = this.#targetOf(number);
    if (range === undefined || (target === undefined && this.#status === 'idle')) return;
    if (target && !isWithin(target, wallMs, durationMs)) {
      this.#finish();
      return;
    }
    const goesOn = this.#isLive && range.until === undefined;
    if (this.#status === 'idle' || (goesOn && this.#status === 'paused')) this.#record();
    this.#files.add(segment, target);
    if (goesOn) this.#delayFromMs = wallMs + durationMs;
    else this.#pause(wallMs + durationMs);
    if (this.#cutsAfter !== undefined && number >= this.#cutsAfter) this.#finish();
  }

  /** Undefined for what is left of the publish before this one. */
  #targetOf(number: number) {
    const { plan, firstSegment = 0, sessionId = '', pushArgs = {} } = this.#publish ?? {};
    return plan && number >= firstSegment ? { ...plan, sessionId, pushArgs } : undefined;
  }

  #record(): void {
    this.#tell(this.#status === 'idle' ? 'record_started' : 'record_resumed');
    this.#status = 'recording';
    this.#endDelay();
  }

  /** Nothing more is recorded for now; files that are open wait for their delay. */
  #pause(sinceMs = this.#options.clock.wallMs()): void {
    if (this.#status === 'idle') return;
    if (this.#status === 'recording') this.#tell('record_paused');
    this.#status = 'paused';
    if (!this.#cancelDelay) this.#startDelay(sinceMs);
  }

  #gone(): void {
    this.#isLive = false;
    this.#pause();
  }

  /** The recording is over: what comes after it is another one. */
  #finish(): void {
    this.#pause();
    this.#endDelay();
    this.#files.finish();
    this.#status = 'idle';
    this.#cutsAfter = undefined;
    this.#wanted = this.#isLive ? this.#wanted.filter(({ until }) => until === undefined) : [];
  }

  #tell(status: RecordingStatus): void {
    const sessionId = this.#publish?.sessionId ?? '';
    this.#statusCount++;
    const atMs = this.#options.clock.wallMs();
    this.#effects.push({ kind: 'statusChanged', status, sessionId, number: this.#statusCount, atMs });
  }

  #startDelay(sinceMs: number): void {
    this.#delayFromMs = sinceMs;
    if (this.#isClosed) return;
    this.#cancelDelay = this.#options.clock.after(this.#delayLeftMs, () => {
      this.#finish();
      this.#changed();
    });
  }

  /** All of it where the wall clock was set back meanwhile. */
  get #delayLeftMs(): number {
    const delayMs = (this.#publish?.plan?.delaySeconds ?? 0) * 1000;
    const goneMs = this.#options.clock.wallMs() - this.#delayFromMs;
    return Math.max(0, delayMs - Math.max(0, goneMs));
  }

  #endDelay(): void {
    this.#cancelDelay?.();
    this.#cancelDelay = undefined;
  }

  #changed(): void {
    this.#options.onChange(this.#effects.splice(0), this.state);
  }
}
