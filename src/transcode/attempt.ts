import type { Encoders, FfmpegProgress } from '../ffmpeg/index.ts';
import {
  type Clock,
  isKeyFrame,
  type Packet,
  presentationMs,
  type TrackSet,
  type UnplacedPacket,
} from '../live/index.ts';
import { containerOf, ffmpegArguments, isEncoded } from './ffmpeg-arguments.ts';
import { type FfmpegExit, FfmpegProcess } from './ffmpeg-process.ts';
import type { Rung } from './rung.ts';
import { RungIntake } from './rung-intake.ts';
import type { RungPlan } from './rung-plan.ts';
import { FEED_START_MS, SourceFeed, wantedOf } from './source-feed.ts';
import { sourceFramingOf } from './source-framing.ts';

export type AttemptOptions = {
  readonly clock: Clock;
  readonly command: readonly string[];
  readonly encoders: Encoders;
  readonly rungs: readonly Rung[];
  /** What it begins with, at a key frame; at least one packet. */
  readonly first: readonly Packet[];
  /** Rungs that the run before it still feeds. */
  readonly inherited: ReadonlySet<Rung>;
  /** The run before takes too long over its last pictures. */
  readonly onHeldTooMuch: () => void;
  /** A pipe brought what is not its container; the run is over. */
  readonly onMalformed: (rung: Rung, error: unknown) => void;
  readonly onExit: (exit: FfmpegExit) => void;
};

type Held = { readonly rung: Rung; readonly packet: UnplacedPacket };

/** A run that gives none of its last pictures for this long is killed. */
const FINISH_MS = 3000;
/** What inherited rungs may hold back while the run before finishes; it is over then. */
const MAX_HELD_BYTES = 32 * 1024 * 1024;
/** Stream time after which a run takes over at any key frame. */
const LONGEST_WAIT_MS = 60_000;

/** Of the 2^31 ms that an FLV tag can count; the rest is for a source that has no key frame for days. */
const LONGEST_RUN_MS = 2 ** 30;

/** One run of FFmpeg for a set of rungs: what goes in, what comes out, and when it takes over from the run before. */
export class Attempt {
  readonly rungs: readonly Rung[];
  readonly startedMs: number;
  readonly tracks: TrackSet;
  readonly feed: SourceFeed;
  readonly #options: AttemptOptions;
  readonly #process: FfmpegProcess;
  readonly #intakes: readonly RungIntake[];
  /** As its rungs were planned when it began. */
  readonly #plans: readonly RungPlan[];
  readonly #inherited: Set<Rung>;
  #held: Held[] = [];
  #heldBytes = 0;
  /** Presentation time from which on inherited rungs are taken from this run; unknown until the source reaches it. */
  #cutMs: number | undefined;
  #lastOutputMs: number;
  #lastFedMs = 0;
  #progress: FfmpegProgress = { fps: 0, speed: 0, frames: 0, outMs: 0 };
  #cancelKill: () => void = () => {};
  #isFinishing = false;
  #hasOutput = false;
  #isDeaf = false;

  constructor(options: AttemptOptions) {
    const { clock, rungs, first } = options;
    const [start] = first;
    if (!start) throw new Error('a run begins with a packet');
    this.#options = options;
    this.rungs = rungs;
    this.startedMs = clock.nowMs();
    this.#lastOutputMs = this.startedMs;
    this.#inherited = new Set(options.inherited);
    this.tracks = start.position.tracks;
    const plans = rungs.flatMap(({ plan }) => (plan ? [plan] : []));
    this.#plans = plans;
    const wants = wantsOf(plans);
    const framing = sourceFramingOf(wantedOf(this.tracks, wants));
    this.#intakes = rungs.map((rung) => this.#intakeOf(rung, start.dtsMs - FEED_START_MS));
    this.#process = new FfmpegProcess({
      command: options.command,
      args: ffmpegArguments({ input: framing.format, encoders: options.encoders, rungs: plans }),
      outputs: rungs.length,
      folder: folderOf(plans),
      onOutput: (index, bytes) => this.#output(index, bytes),
      onProgress: (progress) => {
        this.#progress = progress;
      },
      onExit: (exit) => {
        this.#cancelKill();
        options.onExit(exit);
      },
    });
    for (const rung of rungs) if (!this.#inherited.has(rung)) rung.output?.encoderStarts();
    this.feed = new SourceFeed({ sink: this.#process.stdin, clock, framing, wants, baseDtsMs: start.dtsMs });
    for (const packet of first) this.packet(packet);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get progress(): FfmpegProgress {
    return this.#progress;
  }

  /** Whether it makes these and no others, as they are planned now. */
  makes(rungs: readonly Rung[]): boolean {
    return rungs.length === this.#plans.length && rungs.every(({ plan }) => plan && this.#plans.includes(plan));
  }

  /** Whether any rung got anything from it. */
  get hasOutput(): boolean {
    return this.#hasOutput;
  }

  /** So much time went in that FFmpeg's counting of it comes to its end. */
  get isWornOut(): boolean {
    return this.feed.fedMs > LONGEST_RUN_MS;
  }

  get isFinishing(): boolean {
    return this.#isFinishing;
  }

  /**
   * Whether it is ready to take over from the run before, and can do so here without a hole: a rendition can change its
   * parameters only where a segment begins. A source whose key frames hardly ever begin one is not waited for.
   */
  mayTakeOverAt({ position }: Packet): boolean {
    if (this.#inherited.size === 0 || this.#cutMs !== undefined || !this.#hasOutput) return false;
    return position.startsSegment || this.feed.fedMs > LONGEST_WAIT_MS;
  }

  /** Stream time that every encoded rung has reached. */
  get reachedDtsMs(): number | undefined {
    const reached = this.rungs.map(({ output }) => output?.lastDtsMs);
    return reached.some((each) => each === undefined) ? undefined : Math.min(...(reached as number[]));
  }

  /** Milliseconds for which it has been given packets and answered nothing. */
  get silentMs(): number {
    const hasWork = this.#lastFedMs > this.#lastOutputMs || this.#process.stdin.writableLength > 0;
    return hasWork ? this.#options.clock.nowMs() - this.#lastOutputMs : 0;
  }

  packet(packet: Packet): void {
    if (this.#isFinishing) return;
    if (this.silentMs === 0) this.#lastOutputMs = this.#options.clock.nowMs();
    this.#lastFedMs = this.#options.clock.nowMs();
    this.feed.packet(packet);
  }

  /** From this packet of the source on, inherited rungs are this run's. */
  cutAt(packet: Packet): void {
    this.#cutMs ??= presentationMs(packet);
  }

  /** The run before is over: what was held back goes out. */
  takeOver(): void {
    if (this.#cutMs === undefined) for (const { output } of this.#inherited) output?.encoderStarts();
    this.#inherited.clear();
    for (const { rung, packet } of this.#held.splice(0)) rung.output?.encoded(packet);
  }

  /** Nothing more goes in; it ends by itself with its last picture, or when it has given none for 3 s. */
  finish(): void {
    if (this.#isFinishing) return;
    this.#isFinishing = true;
    this.feed.end();
    this.#process.finish();
    this.#killUnlessHeard();
  }

  /** Ends it at once; what it still says is not heard. */
  kill(wasWished = true): void {
    this.#isFinishing = true;
    this.#isDeaf = true;
    this.feed.end();
    this.#process.kill(wasWished);
  }

  #killUnlessHeard(): void {
    this.#cancelKill();
    this.#cancelKill = this.#options.clock.after(FINISH_MS, () => this.#process.kill());
  }

  #intakeOf(rung: Rung, offsetMs: number): RungIntake {
    const { rendition, plan } = rung;
    if (!rendition || !plan) throw new Error('a rung is planned before it is run');
    return new RungIntake({
      container: containerOf(plan),
      offsetMs,
      known: rung.outputFor(plan).known,
      wallAt: (ptsMs) => {
        const mark = rendition.markAt(ptsMs);
        return mark ? mark.wallMs + ptsMs - mark.ptsMs : this.#options.clock.wallMs();
      },
      onPacket: (packet) => this.#take(rung, packet),
    });
  }

  #output(index: number, bytes: Uint8Array): void {
    if (this.#isDeaf) return;
    this.#lastOutputMs = this.#options.clock.nowMs();
    if (this.#isFinishing) this.#killUnlessHeard();
    try {
      this.#intakes[index]?.push(bytes);
    } catch (error) {
      const rung = this.rungs[index];
      this.kill();
      if (rung) this.#options.onMalformed(rung, error);
    }
  }

  #take(rung: Rung, packet: UnplacedPacket): void {
    this.#hasOutput = true;
    if (!this.#inherited.has(rung)) {
      rung.output?.encoded(packet);
      return;
    }
    if (this.#cutMs === undefined || presentationMs(packet) < this.#cutMs) return;
    this.#held.push({ rung, packet });
    this.#heldBytes += packet.data.length;
    if (this.#heldBytes > MAX_HELD_BYTES) this.#options.onHeldTooMuch();
  }
}

/** Whether a run can begin here, or take over. */
export function isCut(packet: Packet): boolean {
  return packet.position.tracks.video ? isKeyFrame(packet) : packet.kind === 'audio';
}

/** Where the watermarks are. */
function folderOf(plans: readonly RungPlan[]): string | undefined {
  const marks = plans.flatMap(({ video }) => (isEncoded(video) ? (video.marks ?? []) : []));
  return marks[0]?.folder;
}

function wantsOf(plans: readonly RungPlan[]): { readonly video: boolean; readonly audio: boolean } {
  return {
    video: plans.some(({ video }) => isEncoded(video)),
    audio: plans.some(({ audio }) => isEncoded(audio)),
  };
}
