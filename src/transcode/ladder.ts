import { type Encoders, encoderFor, withSoftware } from '../ffmpeg/index.ts';
import type { Clock, Packet, Registry, Stream, StreamId, StreamReader, TrackSet } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import type { TemplateRule } from '../rules/index.ts';
import { type Attempt, isCut } from './attempt.ts';
import { Backoff } from './backoff.ts';
import { cachedSource } from './cached-source.ts';
import { isEncoded } from './ffmpeg-arguments.ts';
import type { FfmpegExit } from './ffmpeg-process.ts';
import { GiveWay, type Pressure } from './give-way.ts';
import type { LadderEvent } from './ladder-event.ts';
import { type LadderOverview, ladderOverview } from './ladder-overview.ts';
import { LadderReport } from './ladder-report.ts';
import { isAnswering, Overload } from './overload.ts';
import { Rung } from './rung.ts';
import type { SourceFacts } from './rung-plan.ts';
import { Runs } from './runs.ts';
import { isSameSource } from './same-source.ts';

export type LadderOptions = {
  readonly stream: Stream;
  readonly registry: Pick<Registry, 'addRendition'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** What runs FFmpeg; undefined where there is none. */
  readonly command: readonly string[] | undefined;
  readonly encoders: Encoders;
  readonly templates: readonly TemplateRule[];
  /** Whether the rendition of the template of this name waits for a viewer. */
  readonly isLazy: (template: string) => boolean;
  readonly measured: () => Omit<SourceFacts, 'tracks'>;
  readonly viewersOf: (id: StreamId) => number;
  /** Why no further rendition may be encoded just now, beside so many that are about to be. */
  readonly overrun?: ((more: number) => string | undefined) | undefined;
  /** Why renditions that run are to be given up. */
  readonly pressure?: (() => Pressure) | undefined;
  /** Whether the server is about to stop: a source that goes comes back to another one. */
  readonly isLeaving?: (() => boolean) | undefined;
  readonly onEvent: (event: LadderEvent) => void;
  /** The processes that run now, for whoever has to end them should this server not be able to. */
  readonly onProcesses: () => void;
};

const TICK_MS = 1000;
/** How often the plans of what runs are compared with what the source has become. */
const REPLAN_MS = 10_000;
/** Hardware that fails this often without a run that lasted is given up. */
const HARDWARE_TRIES = 3;

/** Little beside what the encoders take, and pictures and sound come to FFmpeg in one write. */
const PATIENCE_MS = 20;

/**
 * All renditions of one source, made by one supervised FFmpeg. When the rungs or the source change, a new run starts
 * beside the old one and takes over at a key frame.
 *
 *     idle --viewer--> run --rungs or source change--> run beside run --key frame--> run
 *                       |  \--exit, hang--> backoff --> run
 *                       \--too slow--> run without the topmost rung
 */
export class Ladder implements StreamReader {
  readonly rungs: readonly Rung[];
  readonly #options: LadderOptions;
  readonly #stopReading: () => void;
  readonly #runs: Runs;
  readonly #backoff: Backoff;
  readonly #overload: Overload;
  readonly #report: LadderReport;
  /** Software from the time that the hardware was given up. */
  #encoders: Encoders;
  /** What runs may not be what is wanted. */
  #isStale = true;
  #tracks: TrackSet | undefined;
  #lastFailure: string | undefined;
  #replanAtMs = 0;
  readonly #way = new GiveWay();
  #cancelTick: () => void = () => {};
  #isFinishing = false;
  #isClosed = false;

  constructor(options: LadderOptions) {
    const { clock, log, stream, onEvent } = options;
    this.#options = options;
    this.#report = new LadderReport({ id: stream.id, log, onEvent });
    this.#encoders = options.encoders;
    this.#backoff = new Backoff(clock);
    this.#overload = new Overload(clock);
    this.#runs = new Runs({
      clock,
      onMalformed: (rung, error) => this.#shed(rung, `what FFmpeg gives can't be read: ${String(error)}`),
      onExit: (run, exit) => this.#exited(run, exit),
      onProcesses: options.onProcesses,
    });
    this.rungs = options.templates.map((template) => this.#rungOf(template));
    this.#stopReading = stream.read(this);
    this.#tick();
  }

  get stream(): Stream {
    return this.#options.stream;
  }

  /** While no rendition is made, nothing waits for packets. */
  get patienceMs(): number {
    return this.#runs.all.length > 0 || this.rungs.some(({ output }) => output)
      ? PATIENCE_MS
      : Number.POSITIVE_INFINITY;
  }

  /** Process ids of the runs. */
  get pids(): number[] {
    return this.#runs.pids;
  }

  /** How many renditions are encoded now. */
  get encodedCount(): number {
    return new Set(this.#runs.all.flatMap(({ rungs }) => rungs)).size;
  }

  /** How the ladder is now, for operators. */
  overview(): LadderOverview {
    return ladderOverview({
      encoders: this.#encoders,
      restarts: this.#backoff.failures,
      lastFailure: this.#lastFailure,
      run: this.#runs.current,
      rungs: this.rungs,
    });
  }

  packet(packet: Packet): void {
    const runs = this.#runs.all;
    if (packet.position.isDiscontinuity) this.#overload.sourceLeapt();
    if (isCut(packet)) this.#cut(packet);
    for (const run of runs) run.packet(packet);
    for (const { output } of this.rungs) output?.source(packet);
    if (this.#isStale && isCut(packet)) this.#renew();
  }

  /** Renditions have all that came when they go on elsewhere. */
  interrupted(): void {
    if (!this.#options.isLeaving?.()) return;
    this.#isFinishing = true;
    for (const run of this.#runs.all) run.finish();
    this.#tellWhole();
  }

  resumed(): void {
    this.#isFinishing = false;
    this.#isStale = true;
  }

  ended(): void {
    this.close();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelTick();
    this.#backoff.cancel();
    this.#stopReading();
    this.#runs.kill();
    for (const rung of this.rungs) rung.rendition?.withdraw();
  }

  #rungOf(template: TemplateRule): Rung {
    const onWanted = () => this.#want(rung);
    const heldBackBy = () => rung.heldBackBy;
    const offer = { suffix: template.name, onWanted, heldBackBy };
    const rendition = this.#options.registry.addRendition(this.stream, offer);
    const rung = new Rung(template, rendition, this.#options.isLazy(template.name));
    // It was watched here before its source came.
    if (rendition?.stream) this.#want(rung);
    return rung;
  }

  /** Says whether it may come soon. */
  #want(rung: Rung): boolean {
    rung.lastViewedMs = this.#options.clock.nowMs();
    if (!rung.isWanted) {
      rung.isWanted = true;
      this.#isStale = true;
      this.#renew();
    }
    return (
      rung.state !== 'shed' && !rung.isPostponed && (rung.state !== 'failed' || this.#options.command !== undefined)
    );
  }

  /** At a place where a run can begin: ends the run that is to be replaced, or begins one because the source changed. */
  #cut(packet: Packet): void {
    const { tracks } = packet.position;
    const before = this.#tracks;
    this.#tracks = tracks;
    this.#runs.cut(packet);
    const hasChanged = before !== undefined && before !== tracks && !isSameSource(before, tracks);
    if (hasChanged) for (const rung of this.rungs) rung.plan = undefined;
    if (hasChanged || this.#runs.current?.isWornOut) this.#replace(packet);
  }

  /** A run that begins with this packet takes over from the one that has got all before it. */
  #replace(packet: Packet): void {
    this.#isStale = true;
    const { current, isChanging } = this.#runs;
    if (!current || isChanging) return;
    this.#begin([packet], this.#dueRungs())?.cutAt(packet);
    current.finish();
  }

  #tellWhole(): void {
    if (!this.#isFinishing || this.#runs.all.length > 0) return;
    for (const { output, rendition } of this.rungs) {
      output?.finish();
      rendition?.stream?.whole();
    }
  }

  /** Brings what runs in line with what is wanted. */
  #renew(): void {
    if (this.#isClosed || this.#isFinishing || this.#runs.isChanging || this.#backoff.isResting || !this.#tracks)
      return;
    const due = this.#dueRungs();
    this.#isStale = false;
    const { current } = this.#runs;
    const isSame = current ? current.makes(due) && isSameSource(current.tracks, this.#tracks) : due.length === 0;
    if (isSame) return;
    if (due.length === 0) current?.finish();
    else this.#begin(cachedSource(this.stream, this.#tracks), due);
  }

  /** Rungs that FFmpeg is to make now; those that only copy are begun here. */
  #dueRungs(): Rung[] {
    const tracks = this.#tracks ?? {};
    const facts = { tracks, ...this.#options.measured() };
    const planned = this.rungs.filter((rung) => rung.isDue && rung.planFor(facts));
    const cached = planned.some(({ output }) => !output) ? cachedSource(this.stream, tracks) : [];
    for (const rung of planned) {
      const isNew = rung.output === undefined;
      const output = rung.plan && rung.outputFor(rung.plan);
      if (output && isNew) for (const packet of cached) output.source(packet);
    }
    const due: Rung[] = [];
    let more = 0;
    for (const rung of planned) {
      if (!rung.isEncoded || !this.#canEncode(rung, more)) continue;
      due.push(rung);
      if (!this.#isEncoding(rung)) more++;
    }
    return due;
  }

  #isEncoding(rung: Rung): boolean {
    return this.#runs.all.some(({ rungs }) => rungs.includes(rung));
  }

  /** @param more how many others are about to be begun */
  #canEncode(rung: Rung, more: number): boolean {
    const video = rung.plan?.video;
    const overrun = this.#isEncoding(rung) ? undefined : this.#options.overrun?.(more);
    rung.postpone(overrun);
    if (!this.#options.command) rung.reason = 'no FFmpeg was found';
    else if (overrun !== undefined) return false;
    else if (!isEncoded(video) || encoderFor(video.codec, this.#encoders)) return true;
    else rung.reason = `this FFmpeg has no encoder for ${video.codec}`;
    return false;
  }

  /** Where the machine has no process or descriptor left, it is as if FFmpeg had failed. */
  #begin(first: readonly Packet[], rungs: readonly Rung[]): Attempt | undefined {
    const { command } = this.#options;
    if (!command || first.length === 0 || rungs.length === 0) {
      this.#isStale = rungs.length > 0;
      return undefined;
    }
    try {
      const run = this.#runs.begin({ command, encoders: this.#encoders, rungs, first });
      this.#overload.reset();
      this.#report.started(run);
      return run;
    } catch (error) {
      this.#failed(rungs, String(error), 0);
      return undefined;
    }
  }

  #exited(run: Attempt, exit: FfmpegExit): void {
    if (this.#isClosed) return;
    if (!exit.wasWished) {
      if (this.#isHardwareToBlame(run)) this.#giveUpHardware(exit.reason);
      this.#failed(run.rungs, exit.reason, this.#options.clock.nowMs() - run.startedMs);
    }
    this.#isStale = true;
    this.#tellWhole();
    this.#renew();
  }

  #isHardwareToBlame(run: Attempt): boolean {
    if (this.#encoders.kind === 'software') return false;
    return !run.hasOutput || this.#backoff.failuresInARow + 1 >= HARDWARE_TRIES;
  }

  #giveUpHardware(reason: string): void {
    const { kind } = this.#encoders;
    this.#encoders = withSoftware(this.#encoders, reason);
    this.#report.hardwareGivenUp(kind, reason);
  }

  #failed(rungs: readonly Rung[], reason: string, ranMs: number): void {
    this.#lastFailure = reason;
    for (const rung of rungs) {
      // It may have gone live a moment ago.
      this.#report.news(rung);
      rung.reason = reason;
      this.#report.news(rung);
    }
    const againInMs = this.#backoff.rest(ranMs, () => {
      this.#isStale = true;
      this.#renew();
    });
    this.#report.failed(reason, againInMs);
  }

  #tick(): void {
    this.#cancelTick = this.#options.clock.after(TICK_MS, () => {
      for (const run of this.#runs.killHung()) this.#report.hung(run);
      this.#watchLoad();
      this.#giveWay();
      this.#watchSource();
      for (const rung of this.rungs) this.#watchRung(rung);
      if (this.rungs.some(({ isDue, isPostponed }) => isDue && isPostponed)) this.#isStale = true;
      if (this.#isStale) this.#renew();
      if (!this.#isClosed) this.#tick();
    });
  }

  #watchLoad(): void {
    const { current, isChanging } = this.#runs;
    if (!current || isChanging || !isAnswering(current)) return;
    if (current.hasOutput) for (const rung of current.rungs) if (rung.rendition?.stream) rung.reason = undefined;
    const excess = this.#overload.excess(current);
    if (!excess) return;
    this.#shed(excess, 'the machine is too slow for it');
    // What it has yet to do would hold up the run that follows: that one begins with what is cached.
    current.kill();
  }

  /** To what the whole server has no room for beside it. */
  #giveWay(): void {
    const { clock, pressure } = this.#options;
    const running = this.#runs.current?.rungs.filter((rung) => rung.isDue) ?? [];
    if (!pressure) return;
    for (const { rung, reason } of this.#way.choose(running, pressure(), clock.nowMs())) this.#shed(rung, reason);
  }

  /** A source may be lighter, heavier or slower than when its rungs were planned, which may have been at its first picture. */
  #watchSource(): void {
    const { clock, measured } = this.#options;
    const { current, isChanging } = this.#runs;
    const nowMs = clock.nowMs();
    if (!current || isChanging || !this.#tracks || nowMs < this.#replanAtMs) return;
    const facts = { tracks: this.#tracks, ...measured() };
    if (facts.videoKbps === undefined) return;
    this.#replanAtMs = nowMs + REPLAN_MS;
    const replanned = current.rungs.filter((rung) => rung.isDue && rung.replan(facts));
    if (replanned.length > 0) this.#isStale = true;
  }

  #shed(rung: Rung, reason: string): void {
    this.#report.news(rung);
    this.#report.shed(rung, rung.shed(this.#options.clock.nowMs(), reason));
    this.#isStale = true;
  }

  #watchRung(rung: Rung): void {
    const { clock, viewersOf } = this.#options;
    const nowMs = clock.nowMs();
    rung.sample(nowMs);
    if (rung.endShed(nowMs)) {
      this.#isStale = true;
      this.#report.triedAgain(rung);
    }
    if (rung.rendition && rung.isLazy && viewersOf(rung.rendition.id) > 0) rung.lastViewedMs = nowMs;
    if (rung.stopUnviewed(nowMs)) this.#isStale = true;
    this.#report.news(rung);
  }
}
