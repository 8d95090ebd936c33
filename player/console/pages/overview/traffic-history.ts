import type { Traffic } from '../../answers/answer-types.ts';

/** Two answers nearer than this say little about a rate. */
const LEAST_MS = 500;
/** The server counts once a second: a rate over less than this is more about that than about traffic. */
const RATE_OVER_MS = 4000;

/** What a graph shows of one moment. */
export type TrafficPoint = {
  readonly atS: number;
  readonly viewers: number;
  readonly streams: number;
  /** Over the last seconds; null where the server was started anew within them. */
  readonly ingestKbps: number | null;
  readonly egressKbps: number | null;
};

/** The last answers about traffic as points of graphs, the newest last. */
export class TrafficHistory {
  readonly #length: number;
  #points: readonly TrafficPoint[] = [];
  /** As far back as a rate reaches, the oldest first. */
  #recent: readonly Traffic[] = [];

  constructor(length: number) {
    this.#length = length;
  }

  get points(): readonly TrafficPoint[] {
    return this.#points;
  }

  add(traffic: Traffic): readonly TrafficPoint[] {
    const last = this.#recent.at(-1);
    if (last && traffic.atMs - last.atMs < LEAST_MS) return this.#points;
    const isNewStart = last !== undefined && traffic.ingestBytes < last.ingestBytes;
    const before = isNewStart ? [] : this.#recent;
    const first = before.findLast(({ atMs }) => traffic.atMs - atMs >= RATE_OVER_MS) ?? before[0];
    this.#recent = [...before.filter((each) => first !== undefined && each.atMs >= first.atMs), traffic];
    const { flv, wsFlv, rtmp, hls } = traffic.viewers;
    const point = {
      atS: traffic.atMs / 1000,
      viewers: flv + wsFlv + rtmp + hls,
      streams: traffic.streams,
      ingestKbps: kbps(first, traffic, 'ingestBytes'),
      egressKbps: kbps(first, traffic, 'egressBytes'),
    };
    this.#points = [...this.#points, point].slice(-this.#length);
    return this.#points;
  }
}

function kbps(before: Traffic | undefined, now: Traffic, which: 'ingestBytes' | 'egressBytes'): number | null {
  if (!before) return null;
  return ((now[which] - before[which]) * 8) / (now.atMs - before.atMs);
}
