import type { Clock, Packet, Registry, Stream, StreamId, StreamReader, TrackSet } from '../live/index.ts';
import type { Logger } from '../log/index.ts';
import type { TemplateRule } from '../rules/index.ts';
import { Attempt, type AttemptOptions, isCut } from './attempt.ts';
import { type Encoders, encoderFor, withSoftware } from './encoders.ts';
import { isEncoded } from './ffmpeg-arguments.ts';
import type { FfmpegExit } from './ffmpeg-process.ts';
import { LoadWatch } from './load-watch.ts';
import { Rung, type RungOverview } from './rung.ts';
import type { SourceFacts } from './rung-plan.ts';

export type LadderEvent = 'started' | 'failed' | 'hung' | 'shed' | 'restored' | 'renditionStarted' | 'renditionStopped';

export type LadderOptions = {
  readonly stream: Stream;
  readonly registry: Pick<Registry, 'addRendition'>;
  readonly clock: Clock;
  readonly log: Logger;
  /** What runs FFmpeg; undefined where there is none. */
  readonly command: readonly string[] | undefined;
  readonly encoders: Encoders;
  readonly templates: readonly TemplateRule[];
  readonly isLazy: boolean;
  readonly measured: () => Omit<SourceFacts, 'tracks'>;
  readonly viewersOf: (id: StreamId) => number;
  readonly onEvent: (event: LadderEvent, template?: string) => void;
  /** The processes that run now, for whoever has to end them should this server not be able to. */
  readonly onProcesses: () => void;
};

export type LadderOverview = {
  /** Times that FFmpeg had to be started again. */
  readonly restarts: number;
  /** Since FFmpeg's start, by its own account; 1 is as fast as the source. */
  readonly speed?: number;
  /** How far the slowest rendition is behind the source. */
  readonly lagMs?: number;
  /** Times that FFmpeg was so far behind that it skipped to a key frame. */
  readonly skips?: number;
  readonly renditions: readonly RungOverview[];
};

const TICK_MS = 1000;
/** FFmpeg answers nothing for this long though it has work: it hangs. */
const HUNG_MS = 10_000;
/** Who says nothing for this long is not slow but may hang. */
const SILENT_MS = 2000;
const FIRST_BACKOFF_MS = 500;
const LONGEST_BACKOFF_MS = 30_000;
/** A run that lasted this long makes the next failure the first again. */
const STEADY_MS = 30_000;
/** A lazy rung stops this long after its last viewer. */
const UNVIEWED_MS = 30_000;
const SHED_MS = 60_000;
const LONGEST_SHED_MS = 600_000;

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
  readonly #load: LoadWatch;
  #attempt: Attempt | undefined;
  /** Takes over from the attempt. */
  #next: Attempt | undefined;
  #isStale = true;
  #tracks: TrackSet | undefined;
  /** Software from the first time that the hardware failed. */
  #encoders: Encoders;
  #backoffMs = 0;
  #restarts = 0;
  #cancelTick: () => void = () => {};
  #cancelRestart: (() => void) | undefined;
  #isClosed = false;

  constructor(options: LadderOptions) {
    this.#options = options;
    this.#encoders = options.encoders;
    this.#load = new LoadWatch(options.clock);
    this.rungs = options.templates.map((template) => this.#rungOf(template));
    this.#stopReading = options.stream.read(this);
    this.#tick();
  }

  get stream(): Stream {
    return this.#options.stream;
  }

  /** Process ids of the runs. */
  get pids(): number[] {
    return [this.#attempt?.pid, this.#next?.pid].filter((pid) => pid !== undefined);
  }

  /** How the ladder is now, for operators. */
  overview(): LadderOverview {
    const { feed, reachedDtsMs, progress } = this.#attempt ?? {};
    const lagMs = Math.max(0, (feed?.lastDtsMs ?? 0) - (reachedDtsMs ?? feed?.lastDtsMs ?? 0));
    return {
      restarts: this.#restarts,
      ...(progress ? { speed: progress.speed, lagMs: Math.round(lagMs), skips: feed?.skips ?? 0 } : {}),
      renditions: this.rungs.map((rung) => rung.overview()),
    };
  }

  packet(packet: Packet): void {
    const next = this.#next;
    if (isCut(packet)) this.#cut(packet);
    this.#attempt?.packet(packet);
    next?.packet(packet);
    for (const { output } of this.rungs) output?.source(packet);
    if (this.#isStale && isCut(packet)) this.#renew();
  }

  ended(): void {
    this.close();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#cancelTick();
    this.#cancelRestart?.();
    this.#stopReading();
    this.#attempt?.kill();
    this.#next?.kill();
    for (const rung of this.rungs) rung.rendition?.withdraw();
  }

  #rungOf(template: TemplateRule): Rung {
    const onWanted = () => this.#want(rung);
    const rendition = this.#options.registry.addRendition(this.stream, { suffix: template.name, onWanted });
    const rung = new Rung(template, rendition, this.#options.isLazy);
    return rung;
  }

  #want(rung: Rung): void {
    rung.lastViewedMs = this.#options.clock.nowMs();
    if (rung.isWanted) return;
    rung.isWanted = true;
    this.#options.onEvent('renditionStarted', rung.template.name);
    this.#isStale = true;
    this.#renew();
  }

  /** At a place where a run can begin: ends the run that is to be replaced, or begins one because the source changed. */
  #cut(packet: Packet): void {
    const { tracks } = packet.position;
    const before = this.#tracks;
    this.#tracks = tracks;
    if (this.#next?.needsCut) {
      this.#next.cutAt(packet);
      this.#attempt?.finish();
    }
    if (before && before !== tracks && !isSameSource(before, tracks)) this.#sourceChanged(packet);
  }

  #sourceChanged(packet: Packet): void {
    for (const rung of this.rungs) rung.plan = undefined;
    this.#isStale = true;
    if (!this.#attempt || this.#next) return;
    this.#begin([packet], this.#dueRungs())?.cutAt(packet);
    this.#attempt.finish();
  }

  /** Brings what runs in line with what is wanted. */
  #renew(): void {
    if (this.#isClosed || this.#next || this.#cancelRestart || !this.#tracks) return;
    const due = this.#dueRungs();
    this.#isStale = false;
    const running = this.#attempt?.rungs ?? [];
    const isSame = running.length === due.length && due.every((rung) => running.includes(rung));
    if (isSame && (!this.#attempt || isSameSource(this.#attempt.tracks, this.#tracks))) return;
    if (due.length === 0) this.#attempt?.finish();
    else this.#begin(this.#cached(), due);
  }

  /** Rungs that FFmpeg is to make now; those that only copy are begun here. */
  #dueRungs(): Rung[] {
    const facts = { tracks: this.#tracks ?? {}, ...this.#options.measured() };
    const planned = this.rungs.filter((rung) => rung.isDue && rung.planFor(facts));
    const cached = planned.some(({ output }) => !output) ? this.#cached() : [];
    for (const rung of planned) {
      const isNew = rung.output === undefined;
      const output = rung.plan && rung.outputFor(rung.plan);
      if (output && isNew) for (const packet of cached) output.source(packet);
    }
    return planned.filter((rung) => rung.isEncoded && this.#canEncode(rung));
  }

  #canEncode(rung: Rung): boolean {
    const video = rung.plan?.video;
    if (!this.#options.command) rung.reason = 'no FFmpeg was found';
    else if (!isEncoded(video) || encoderFor(video.codec, this.#encoders)) return true;
    else rung.reason = `this FFmpeg has no encoder for ${video.codec}`;
    return false;
  }

  /** The source from the start of the segment before this one, so that HLS has a whole segment at once. */
  #cached(): readonly Packet[] {
    const { packets } = this.stream.cache;
    const from = this.stream.segment - 1;
    const now = this.#tracks ?? {};
    const start = packets.findIndex(
      (packet) => packet.position.segment >= from && isCut(packet) && isSameSource(packet.position.tracks, now),
    );
    return start < 0 ? [] : packets.slice(start);
  }

  #begin(first: readonly Packet[], rungs: readonly Rung[]): Attempt | undefined {
    const { clock, command, log } = this.#options;
    if (!command || first.length === 0 || rungs.length === 0) {
      this.#isStale = rungs.length > 0;
      return undefined;
    }
    const running = this.#attempt;
    const attempt = this.#attempted({
      clock,
      command,
      encoders: this.#encoders,
      rungs,
      first,
      ...this.#inheritedBy(rungs),
    });
    if (!attempt) return undefined;
    this.#load.reset();
    if (running) this.#next = attempt;
    else this.#attempt = attempt;
    this.#options.onEvent('started');
    this.#options.onProcesses();
    log.info(
      { ...this.stream.id, rungs: rungs.map(({ template }) => template.name), pid: attempt.pid },
      'ladder started',
    );
    return attempt;
  }

  #inheritedBy(rungs: readonly Rung[]): Pick<AttemptOptions, 'inherited'> {
    const running = this.#attempt?.rungs ?? [];
    return { inherited: new Set(rungs.filter((rung) => running.includes(rung))) };
  }

  /** Where the machine has no process or descriptor left, it is as if FFmpeg had failed. */
  #attempted(options: Omit<AttemptOptions, 'onExit' | 'onMalformed'>): Attempt | undefined {
    let attempt: Attempt | undefined;
    try {
      attempt = new Attempt({
        ...options,
        onMalformed: (rung, error) => this.#shed(rung, `what FFmpeg gives can't be read: ${String(error)}`),
        onExit: (exit) => attempt && this.#exited(attempt, exit),
      });
      return attempt;
    } catch (error) {
      this.#failed(options.rungs, String(error), { wasSteady: false, hadOutput: true });
      return undefined;
    }
  }

  #exited(attempt: Attempt, exit: FfmpegExit): void {
    if (attempt === this.#next) this.#next = undefined;
    if (attempt === this.#attempt) {
      this.#attempt = this.#next;
      this.#next = undefined;
      this.#attempt?.takeOver();
    }
    this.#options.onProcesses();
    if (this.#isClosed) return;
    if (!exit.wasWished) {
      const wasSteady = this.#options.clock.nowMs() - attempt.startedMs >= STEADY_MS;
      this.#failed(attempt.rungs, exit.reason, { wasSteady, hadOutput: attempt.hasOutput });
    }
    this.#isStale = true;
    this.#renew();
  }

  #failed(
    rungs: readonly Rung[],
    reason: string,
    { wasSteady, hadOutput }: { readonly wasSteady: boolean; readonly hadOutput: boolean },
  ): void {
    const { clock, log, onEvent } = this.#options;
    this.#backoffMs = wasSteady
      ? FIRST_BACKOFF_MS
      : Math.min(LONGEST_BACKOFF_MS, this.#backoffMs * 2 || FIRST_BACKOFF_MS);
    this.#restarts++;
    if (this.#encoders.kind !== 'software' && !hadOutput) {
      log.error(
        { ...this.stream.id, encoder: this.#encoders.kind, reason },
        'the hardware encoder failed, software goes on',
      );
      this.#encoders = withSoftware(this.#encoders);
    }
    for (const rung of rungs) rung.reason = reason;
    onEvent('failed');
    log.warn(
      { ...this.stream.id, reason, againInMs: this.#backoffMs },
      'FFmpeg ended, the renditions are started again',
    );
    this.#cancelRestart?.();
    this.#cancelRestart = clock.after(this.#backoffMs, () => {
      this.#cancelRestart = undefined;
      this.#isStale = true;
      this.#renew();
    });
  }

  #tick(): void {
    this.#cancelTick = this.#options.clock.after(TICK_MS, () => {
      this.#watchHang();
      this.#watchLoad();
      this.#watchRungs();
      if (this.#isStale) this.#renew();
      if (!this.#isClosed) this.#tick();
    });
  }

  #watchHang(): void {
    for (const attempt of [this.#attempt, this.#next]) {
      if (!attempt || attempt.isFinishing || attempt.silentMs < HUNG_MS) continue;
      this.#options.onEvent('hung');
      this.#options.log.warn({ ...this.stream.id, pid: attempt.pid }, 'FFmpeg does not answer, it is killed');
      attempt.kill(false);
    }
  }

  #watchLoad(): void {
    const attempt = this.#attempt;
    if (!attempt || this.#next || attempt.isFinishing || attempt.silentMs > SILENT_MS) return;
    for (const rung of attempt.rungs) if (rung.rendition?.stream) rung.reason = undefined;
    if (!this.#load.isTooSlow(attempt.feed, attempt.reachedDtsMs)) return;
    const [topmost] = attempt.rungs.toSorted((a, b) => b.weight - a.weight);
    if (topmost) this.#shed(topmost, 'the machine is too slow for it');
    this.#renew();
  }

  #shed(rung: Rung, reason: string): void {
    const { clock, log, onEvent } = this.#options;
    const forMs = rung.shed(clock.nowMs(), SHED_MS, LONGEST_SHED_MS, reason);
    onEvent('shed', rung.template.name);
    log.error({ ...this.stream.id, rung: rung.template.name, reason, forMs }, 'a rendition is given up for a while');
    this.#isStale = true;
  }

  #watchRungs(): void {
    const nowMs = this.#options.clock.nowMs();
    for (const rung of this.rungs) {
      rung.sample(nowMs);
      if (rung.shedUntilMs !== undefined && nowMs >= rung.shedUntilMs) this.#restore(rung);
      if (rung.isLazy && rung.isWanted) this.#stopUnviewed(rung, nowMs);
    }
  }

  #restore(rung: Rung): void {
    rung.shedUntilMs = undefined;
    rung.reason = undefined;
    this.#options.onEvent('restored', rung.template.name);
    this.#options.log.info({ ...this.stream.id, rung: rung.template.name }, 'shed rung is tried again');
    this.#isStale = true;
  }

  #stopUnviewed(rung: Rung, nowMs: number): void {
    if (rung.rendition && this.#options.viewersOf(rung.rendition.id) > 0) rung.lastViewedMs = nowMs;
    if (nowMs - rung.lastViewedMs < UNVIEWED_MS) return;
    rung.isWanted = false;
    rung.stop();
    this.#options.onEvent('renditionStopped', rung.template.name);
    this.#isStale = true;
  }
}

/** Whether FFmpeg can go on with what it was started for. */
function isSameSource(a: TrackSet, b: TrackSet): boolean {
  const isSameVideo =
    a.video?.codec === b.video?.codec &&
    a.video?.width === b.video?.width &&
    a.video?.height === b.video?.height &&
    Buffer.compare(a.video?.config ?? Buffer.alloc(0), b.video?.config ?? Buffer.alloc(0)) === 0;
  const isSameAudio =
    a.audio?.codec === b.audio?.codec &&
    Buffer.compare(a.audio?.config ?? Buffer.alloc(0), b.audio?.config ?? Buffer.alloc(0)) === 0;
  return isSameVideo && isSameAudio;
}
