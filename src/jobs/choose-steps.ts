/** A step that could be begun now. Times in ms since 1970. */
export type Candidate = {
  readonly id: number;
  readonly jobId: string;
  readonly pipeline: string;
  readonly submitter: string;
  readonly isBackfill: boolean;
  readonly priority: number;
  readonly readyAtMs: number;
  readonly jobCreatedAtMs: number;
};

/** How many steps are being worked of one kind. */
export type Running = {
  readonly pipeline: string;
  readonly submitter: string;
  readonly isBackfill: boolean;
  readonly count: number;
};

/** An active pipeline's bounds. */
export type Bounds = { readonly id: string; readonly quota: number; readonly submitterQuota?: number };

export type Choice = {
  readonly candidates: readonly Candidate[];
  readonly running: readonly Running[];
  readonly pipelines: readonly Bounds[];
  /** When the last step of each submitter was begun. */
  readonly servedAtMs: ReadonlyMap<string, number>;
  readonly nowMs: number;
  readonly limit: number;
};

/** One step of priority by each such time of waiting, without a bound: so nothing starves. */
const AGEING_MS = 60_000;

/**
 * Which steps are begun next, in order. Between submitters: the higher priority first, where one rises the longer its
 * submitter was not served; then whoever has the fewest running, then whoever was served longest ago. Within a submitter:
 * the higher priority, where each step rises as it waits, then the older job.
 */
export function chooseSteps(choice: Choice): Candidate[] {
  const room = new Room(choice);
  const served = new Map(choice.servedAtMs);
  const lines = new Map<string, Candidate[]>();
  for (const candidate of choice.candidates)
    lines.set(candidate.submitter, [...(lines.get(candidate.submitter) ?? []), candidate]);
  for (const line of lines.values()) line.sort((a, b) => withinLine(a, b, choice.nowMs));
  const chosen: Candidate[] = [];
  while (chosen.length < choice.limit) {
    const offers = [...lines].flatMap(([submitter, line]) => offerOf(submitter, line, room, served, choice.nowMs));
    const best = offers.sort(betweenSubmitters)[0];
    if (best === undefined) break;
    chosen.push(best.candidate);
    room.take(best.candidate);
    served.set(best.submitter, choice.nowMs + chosen.length / 1_000);
    const line = lines.get(best.submitter) ?? [];
    line.splice(line.indexOf(best.candidate), 1);
  }
  return chosen;
}

type Offer = {
  readonly submitter: string;
  readonly candidate: Candidate;
  readonly priority: number;
  readonly running: number;
  readonly servedAtMs: number;
};

/** The submitter stands for the best priority of those of its steps that have room, whichever of them is next. */
function offerOf(
  submitter: string,
  line: readonly Candidate[],
  room: Room,
  served: ReadonlyMap<string, number>,
  nowMs: number,
): Offer[] {
  const possible = line.filter((candidate) => room.has(candidate));
  const [candidate] = possible;
  if (candidate === undefined) return [];
  const servedAtMs = served.get(submitter) ?? 0;
  const waitsSinceMs = Math.max(servedAtMs, Math.min(...possible.map(({ readyAtMs }) => readyAtMs)));
  const priority = Math.max(...possible.map((each) => each.priority)) + agedBy(nowMs - waitsSinceMs);
  return [{ submitter, candidate, priority, running: room.runningOf(submitter), servedAtMs }];
}

function betweenSubmitters(a: Offer, b: Offer): number {
  return (
    b.priority - a.priority || a.running - b.running || a.servedAtMs - b.servedAtMs || a.candidate.id - b.candidate.id
  );
}

function withinLine(a: Candidate, b: Candidate, nowMs: number): number {
  const aged = ({ priority, readyAtMs }: Candidate) => priority + agedBy(nowMs - readyAtMs);
  return aged(b) - aged(a) || a.jobCreatedAtMs - b.jobCreatedAtMs || a.id - b.id;
}

function agedBy(waitedMs: number): number {
  return Math.max(0, Math.floor(waitedMs / AGEING_MS));
}

/** What the quotas leave. */
class Room {
  readonly #bounds: ReadonlyMap<string, Bounds>;
  readonly #counts = new Map<string, number>();

  constructor({ pipelines, running }: Choice) {
    this.#bounds = new Map(pipelines.map((pipeline) => [pipeline.id, pipeline]));
    for (const each of running) this.take(each, each.count);
  }

  has({ pipeline, submitter, isBackfill }: Candidate): boolean {
    const bounds = this.#bounds.get(pipeline);
    if (bounds === undefined || this.#count(['all', pipeline]) >= bounds.quota) return false;
    if (this.#count(['submitter', pipeline, submitter]) >= (bounds.submitterQuota ?? bounds.quota)) return false;
    return !isBackfill || this.#count(['backfill', pipeline]) < backfillQuota(bounds.quota);
  }

  take({ pipeline, submitter, isBackfill }: Pick<Candidate, 'pipeline' | 'submitter' | 'isBackfill'>, count = 1): void {
    this.#add(['all', pipeline], count);
    this.#add(['submitter', pipeline, submitter], count);
    this.#add(['running', submitter], count);
    if (isBackfill) this.#add(['backfill', pipeline], count);
  }

  runningOf(submitter: string): number {
    return this.#count(['running', submitter]);
  }

  #count(key: readonly string[]): number {
    return this.#counts.get(JSON.stringify(key)) ?? 0;
  }

  #add(key: readonly string[], count: number): void {
    this.#counts.set(JSON.stringify(key), this.#count(key) + count);
  }
}

/** Half of a pipeline, but one even where its quota is one. */
export function backfillQuota(quota: number): number {
  return Math.max(1, Math.floor(quota / 2));
}
