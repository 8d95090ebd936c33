/** The doors that viewers come through. */
export const VIEWER_DOORS = ['flv', 'ws-flv', 'rtmp', 'hls'] as const;
export type ViewerDoor = (typeof VIEWER_DOORS)[number];
export type ByDoor = Readonly<Record<ViewerDoor, number>>;

/** One step of a show: the most viewers at once of each door, of all together, and what they were sent. */
export type CurvePoint = {
  readonly atMs: number;
  readonly viewers: ByDoor;
  readonly allViewers: number;
  readonly bytes: number;
};

const FIRST_STEP_MS = 10_000;
const MOST_POINTS = 720;

/** Viewers over a show. It has at most 720 points: when there are more, steps become twice as long. */
export class ViewerCurve {
  #stepMs = FIRST_STEP_MS;
  #points: CurvePoint[] = [];
  readonly #now: Record<ViewerDoor, number> = noViewers();
  #step: { startMs: number; most: Record<ViewerDoor, number>; mostOfAll: number; bytes: number };
  #peak = { viewers: 0, atMs: 0 };
  readonly #peakByDoor: Record<ViewerDoor, number> = noViewers();

  constructor(startMs: number) {
    this.#step = { startMs, most: noViewers(), mostOfAll: 0, bytes: 0 };
    this.#peak.atMs = startMs;
  }

  get stepMs(): number {
    return this.#stepMs;
  }

  get peak(): { readonly viewers: number; readonly atMs: number } {
    return this.#peak;
  }

  get peakByDoor(): ByDoor {
    return this.#peakByDoor;
  }

  change(door: string, by: 1 | -1, nowMs: number): void {
    if (!isDoor(door)) return;
    this.tick(nowMs);
    this.#now[door] += by;
    const all = sumOf(this.#now);
    this.#step.most[door] = Math.max(this.#step.most[door], this.#now[door]);
    this.#step.mostOfAll = Math.max(this.#step.mostOfAll, all);
    this.#peakByDoor[door] = Math.max(this.#peakByDoor[door], this.#now[door]);
    if (all > this.#peak.viewers) this.#peak = { viewers: all, atMs: nowMs };
  }

  sent(bytes: number): void {
    this.#step.bytes += bytes;
  }

  /** Time goes on: ends the steps that are over. */
  tick(nowMs: number): void {
    // A clock that was set forward by days must not make a point for each step of them.
    if (nowMs - this.#step.startMs > this.#stepMs * MOST_POINTS) this.#step.startMs = nowMs - this.#stepMs;
    while (nowMs - this.#step.startMs >= this.#stepMs) {
      this.#points.push(this.#pointNow());
      this.#step = {
        startMs: this.#step.startMs + this.#stepMs,
        most: { ...this.#now },
        mostOfAll: sumOf(this.#now),
        bytes: 0,
      };
      if (this.#points.length > MOST_POINTS) this.#thin();
    }
  }

  /** All points, the step that is not over too. */
  points(): CurvePoint[] {
    return [...this.#points, this.#pointNow()];
  }

  #pointNow(): CurvePoint {
    const { startMs, most, mostOfAll, bytes } = this.#step;
    return { atMs: startMs, viewers: { ...most }, allViewers: mostOfAll, bytes };
  }

  #thin(): void {
    const thinned: CurvePoint[] = [];
    for (let index = 0; index + 1 < this.#points.length; index += 2) {
      const [first, second] = [this.#points[index], this.#points[index + 1]];
      if (first && second) thinned.push(joined(first, second));
    }
    const rest = this.#points.length % 2 === 1 ? this.#points.at(-1) : undefined;
    this.#points = thinned;
    this.#stepMs *= 2;
    if (!rest) return;
    // The odd one begins the step that goes on.
    this.#step.startMs = rest.atMs;
    for (const door of VIEWER_DOORS) this.#step.most[door] = Math.max(this.#step.most[door], rest.viewers[door]);
    this.#step.mostOfAll = Math.max(this.#step.mostOfAll, rest.allViewers);
    this.#step.bytes += rest.bytes;
  }
}

export function noViewers(): Record<ViewerDoor, number> {
  return { flv: 0, 'ws-flv': 0, rtmp: 0, hls: 0 };
}

export function isDoor(text: string): text is ViewerDoor {
  return VIEWER_DOORS.some((door) => door === text);
}

function joined(first: CurvePoint, second: CurvePoint): CurvePoint {
  const viewers = noViewers();
  for (const door of VIEWER_DOORS) viewers[door] = Math.max(first.viewers[door], second.viewers[door]);
  const allViewers = Math.max(first.allViewers, second.allViewers);
  return { atMs: first.atMs, viewers, allViewers, bytes: first.bytes + second.bytes };
}

function sumOf(viewers: ByDoor): number {
  return VIEWER_DOORS.reduce((sum, door) => sum + viewers[door], 0);
}
