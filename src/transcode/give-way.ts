/** Why renditions that run are to be given up, where there is a reason. */
export type Pressure = { readonly lazy?: string | undefined; readonly top?: string | undefined };

type Weighed = { readonly isLazy: boolean; readonly weight: number };

/** Under pressure the topmost rendition goes; the next one only if that did not help. */
const RELIEF_MS = 10_000;

/** Chooses which renditions of a ladder give way to everything else on the server. The last one stays. */
export class GiveWay {
  #relievedAtMs = Number.NEGATIVE_INFINITY;

  choose<R extends Weighed>(running: readonly R[], { lazy, top }: Pressure, nowMs: number) {
    const given =
      lazy === undefined ? [] : running.filter(({ isLazy }) => isLazy).map((rung) => ({ rung, reason: lazy }));
    if (top === undefined) return given;
    const left = running.filter((rung) => !given.some((each) => each.rung === rung));
    const [topmost, ...others] = left.toSorted((a, b) => b.weight - a.weight);
    if (!topmost || others.length === 0 || nowMs - this.#relievedAtMs < RELIEF_MS) return given;
    this.#relievedAtMs = nowMs;
    return [...given, { rung: topmost, reason: top }];
  }
}
