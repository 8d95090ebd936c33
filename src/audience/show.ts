import type { SessionEnding, ViewerSession } from '../access/index.ts';
import { DurationSketch } from './duration-sketch.ts';
import type { OverSession } from './over-sessions.ts';
import { agentOf } from './session-record.ts';
import type { ShowFinding, ShowRecording, ShowSummary } from './show-summary.ts';
import { UniqueCounter } from './unique-counter.ts';
import { isDoor, noViewers, VIEWER_DOORS, ViewerCurve, type ViewerDoor } from './viewer-curve.ts';
import type { PlayerTotals } from './viewings.ts';

/** What is wrong with a publish just now. */
export type HealthNow = readonly { readonly code: string; readonly sentence: string }[];

export type ShowOptions = {
  readonly id: string;
  readonly node: string;
  readonly domain: string;
  readonly app: string;
  readonly stream: string;
  readonly startedAtMs: number;
  /** What the player of an open session reported so far. */
  readonly totalsOf: (session: ViewerSession) => PlayerTotals | undefined;
};

type Connection = ShowSummary['connections'][number];
type LadderNote = ShowSummary['ladder'][number];

type PlayerSums = { sessions: number; watchedMs: number; stalledMs: number; stalls: number };

const MOST_CONNECTIONS = 200;
const MOST_NOTES = 200;
const MOST_ENDINGS = 50;

/** One show while it runs: what its viewers and its publisher did, in bounded memory. */
export class Show {
  readonly options: ShowOptions;
  /** Viewers that are there. */
  readonly open = new Set<ViewerSession>();
  readonly #curve: ViewerCurve;
  readonly #unique = new UniqueCounter();
  readonly #startup = new DurationSketch();
  readonly #joins = new Map<ViewerDoor, DurationSketch>();
  readonly #egress = noViewers();
  readonly #endings = new Map<string, number>();
  readonly #connections: Connection[] = [];
  readonly #findings: ShowFinding[] = [];
  readonly #ladder: LadderNote[] = [];
  readonly #recordings: ShowRecording[] = [];
  readonly #over = { watchedMs: 0, players: { sessions: 0, watchedMs: 0, stalledMs: 0, stalls: 0 } };
  #connectionCount = 0;
  #sessions = 0;
  #snapshots = 0;
  #ingestBytes = 0;
  #end: { readonly atMs: number; readonly reason: string } | undefined;

  constructor(options: ShowOptions) {
    this.options = options;
    this.#curve = new ViewerCurve(options.startedAtMs);
  }

  get isEnded(): boolean {
    return this.#end !== undefined;
  }

  has(sessionId: string): boolean {
    return this.#connections.some((each) => each.sessionId === sessionId);
  }

  connected(sessionId: string, atMs: number): void {
    this.#connectionCount++;
    if (this.#connections.length < MOST_CONNECTIONS) this.#connections.push({ sessionId, startedAtMs: atMs });
  }

  disconnected(sessionId: string, atMs: number, endReason: string, ingestBytes: number): void {
    this.#ingestBytes += ingestBytes;
    this.health([], atMs);
    const index = this.#connections.findIndex((each) => each.sessionId === sessionId);
    const connection = this.#connections[index];
    if (connection) this.#connections[index] = { ...connection, endedAtMs: atMs, endReason };
  }

  ended(atMs: number): void {
    this.#end ??= { atMs, reason: this.#connections.at(-1)?.endReason ?? 'unpublished' };
  }

  opened(session: ViewerSession, atMs: number): void {
    this.open.add(session);
    this.#sessions++;
    this.#curve.change(session.protocol, 1, this.#within(atMs));
    this.#unique.add(session.uid ?? `${session.address}\n${agentOf(session) ?? ''}`);
  }

  closed(session: ViewerSession, atMs: number): void {
    if (this.open.delete(session)) this.#curve.change(session.protocol, -1, this.#within(atMs));
  }

  /** What there is to say of a session, once, when all is known. */
  over({ session, closedAtMs, ending, player }: OverSession): void {
    this.#over.watchedMs += player?.watchedMs ?? Math.max(0, closedAtMs - session.openedAtMs);
    if (player) add(this.#over.players, player);
    if (player?.startupMs !== undefined) this.#startup.add(player.startupMs);
    this.#endedBy(ending);
  }

  sent(session: ViewerSession, bytes: number): void {
    if (isDoor(session.protocol)) this.#egress[session.protocol] += bytes;
    this.#curve.sent(bytes);
  }

  joined(door: ViewerDoor, seconds: number): void {
    const sketch = this.#joins.get(door) ?? new DurationSketch();
    this.#joins.set(door, sketch);
    sketch.add(seconds * 1000);
  }

  tick(atMs: number): void {
    this.#curve.tick(this.#within(atMs));
  }

  ladder(note: LadderNote): void {
    if (this.#ladder.length < MOST_NOTES) this.#ladder.push(note);
  }

  recorded(file: ShowRecording): void {
    if (this.#recordings.length < MOST_NOTES) this.#recordings.push(file);
  }

  pictured(): void {
    this.#snapshots++;
  }

  /** Everything as of now. `ingestBytes`: of the publish that is open. */
  summary(nowMs: number, ingestBytes = 0): ShowSummary {
    const { totalsOf, ...names } = this.options;
    const players = { ...this.#over.players };
    let { watchedMs } = this.#over;
    for (const session of this.open) {
      const totals = totalsOf(session);
      watchedMs += totals?.watchedMs ?? Math.max(0, nowMs - session.openedAtMs);
      if (totals) add(players, totals);
    }
    const { viewers: peak, atMs: peakAtMs } = this.#curve.peak;
    const startup = this.#startup.figures();
    return {
      version: 1,
      ...names,
      savedAtMs: nowMs,
      ...(this.#end && { endedAtMs: this.#end.atMs, endReason: this.#end.reason }),
      connections: [...this.#connections],
      connectionCount: this.#connectionCount,
      viewers: {
        peak,
        peakAtMs,
        peakByDoor: { ...this.#curve.peakByDoor },
        sessions: this.#sessions,
        unique: this.#unique.count,
      },
      watchedMs: Math.round(watchedMs),
      egressByDoor: { ...this.#egress },
      ingestBytes: this.#ingestBytes + ingestBytes,
      players,
      ...(startup && { startup }),
      joins: Object.fromEntries(VIEWER_DOORS.flatMap((door) => this.#joinsOf(door))),
      endings: Object.fromEntries(this.#endings),
      curve: { stepMs: this.#curve.stepMs, points: this.#curve.points() },
      findings: [...this.#findings],
      ladder: [...this.#ladder],
      snapshots: this.#snapshots,
      recordings: [...this.#recordings],
    };
  }

  /** Viewers that are slow to go make no show longer. */
  #within(atMs: number): number {
    return Math.min(atMs, this.#end?.atMs ?? Number.POSITIVE_INFINITY);
  }

  #joinsOf(door: ViewerDoor) {
    const figures = this.#joins.get(door)?.figures();
    return figures ? [[door, figures] as const] : [];
  }

  #endedBy(ending: SessionEnding): void {
    const name = this.#endings.has(ending) || this.#endings.size < MOST_ENDINGS ? ending : 'other';
    this.#endings.set(name, (this.#endings.get(name) ?? 0) + 1);
  }

  /** What is wrong now; what was and is not among it is over. */
  health(now: HealthNow, atMs: number): void {
    for (const [index, finding] of this.#findings.entries()) {
      const isOver = finding.untilMs === undefined && !now.some(({ code }) => code === finding.code);
      if (isOver) this.#findings[index] = { ...finding, untilMs: atMs };
    }
    for (const { code, sentence } of now) {
      const isKnown = this.#findings.some((each) => each.code === code && each.untilMs === undefined);
      if (!isKnown && this.#findings.length < MOST_NOTES) this.#findings.push({ code, sentence, fromMs: atMs });
    }
  }
}

function add(sum: PlayerSums, totals: PlayerTotals): void {
  sum.sessions++;
  sum.watchedMs += totals.watchedMs;
  sum.stalledMs += totals.stalledMs;
  sum.stalls += totals.stalls;
}
