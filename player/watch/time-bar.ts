import type { SeekWindow } from '../engines/index.ts';
import { isKept, joined, type KeptTime, nearestKept, type Span, within } from './kept-time.ts';

/** A shorter window is no use to go back in. */
const SHORTEST_MS = 6000;
/** Nearer to the newest than this is live. */
const LIVE_WITHIN_MS = 1500;
/** Gaps that nobody could see are none. */
const SEEN_SHARE = 1 / 1000;

/** What a bar shows: a part of the time that can be played, in ms of the wall clock, else of the element's own time. */
export type TimeBar = Span & {
  readonly isWallClock: boolean;
  /** Oldest and newest that can be played, of which the bar may show a part. */
  readonly oldestMs: number;
  readonly newestMs: number;
  /** Undefined while nothing plays. */
  readonly positionMs: number | undefined;
  /** The newest is live. */
  readonly isLive: boolean;
  /** The viewer went back. */
  readonly isBack: boolean;
  /** What of the bar can be played. */
  readonly spans: readonly Span[];
};

/** What of the player a bar is made of. */
export type BarFacts = {
  readonly window: SeekWindow | undefined;
  readonly kept: KeptTime | undefined;
  /** A moment that is on its way. */
  readonly comingMs: number | undefined;
  /** What plays is of a playlist of the past. */
  readonly isPast: boolean;
  readonly isPlaying: boolean;
  readonly nowMs: number;
};

/** All the time there is; undefined where there is too little to go back in. */
export function wholeBar(facts: BarFacts): TimeBar | undefined {
  const bar = facts.kept ? keptBar(facts, facts.kept) : windowBar(facts);
  return bar && bar.newestMs - bar.oldestMs >= SHORTEST_MS ? bar : undefined;
}

function windowBar({ window }: BarFacts): TimeBar | undefined {
  if (!window) return undefined;
  const span = { startMs: window.startS * 1000, endMs: window.endS * 1000 };
  const positionMs = window.positionS * 1000;
  return { ...allOf([span], span.endMs), isWallClock: false, isLive: true, positionMs, isBack: window.isBack };
}

function keptBar(facts: BarFacts, kept: KeptTime): TimeBar | undefined {
  const { window, comingMs, isPast, isPlaying, nowMs } = facts;
  const seen = isPast ? undefined : wallSpan(window);
  const serverNowMs = kept.isGrowing ? nowMs + kept.aheadMs : undefined;
  const newestMs = seen?.endMs ?? serverNowMs ?? kept.spans.at(-1)?.endMs;
  if (newestMs === undefined) return undefined;
  const isGrowing = kept.isGrowing || seen !== undefined;
  const spans = joined([...lengthened(kept, serverNowMs), ...(seen ? [seen] : [])]);
  const bar = allOf(within(spans, { startMs: Number.NEGATIVE_INFINITY, endMs: newestMs }), newestMs);
  const playedMs = window?.wallMsAt(window.positionS) ?? (isPlaying && isGrowing && !isPast ? newestMs : undefined);
  const positionMs = comingMs ?? playedMs;
  const isBack = comingMs !== undefined || isPast || window?.isBack === true;
  return { ...bar, isWallClock: true, isLive: isGrowing, positionMs, isBack };
}

function wallSpan(window: SeekWindow | undefined): Span | undefined {
  const [startMs, endMs] = [window?.wallMsAt(window.startS), window?.wallMsAt(window.endS)];
  return startMs !== undefined && endMs !== undefined && startMs < endMs ? { startMs, endMs } : undefined;
}

/** What was archived since the server was asked belongs to the last span. */
function lengthened({ spans, isGrowing }: KeptTime, nowMs: number | undefined): Span[] {
  const last = spans.at(-1);
  if (!last || !isGrowing || nowMs === undefined) return [...spans];
  return [...spans.slice(0, -1), { startMs: last.startMs, endMs: Math.max(last.endMs, nowMs) }];
}

function allOf(spans: readonly Span[], newestMs: number) {
  const oldestMs = spans[0]?.startMs ?? newestMs;
  return { startMs: oldestMs, endMs: newestMs, oldestMs, newestMs, spans };
}

/** A part of a bar, of a given length: the newest one, else one that the position is well inside of. */
export function zoomed(bar: TimeBar, lengthMs: number): TimeBar {
  if (lengthMs >= bar.newestMs - bar.oldestMs) return bar;
  const newest = { startMs: bar.newestMs - lengthMs, endMs: bar.newestMs };
  const part = (bar.positionMs ?? bar.newestMs) >= newest.startMs ? newest : pageAround(bar.positionMs ?? 0, lengthMs);
  return { ...bar, ...part, spans: within(bar.spans, part) };
}

/** Stands still until the position comes to its last quarter, so that it doesn't slide away under the pointer. */
function pageAround(positionMs: number, lengthMs: number): Span {
  const step = lengthMs / 2;
  const startMs = Math.floor(positionMs / step) * step - step / 2;
  return { startMs, endMs: startMs + lengthMs };
}

/** From 0, the left end, to 1, the right one. */
export function shareAt({ startMs, endMs }: Span, atMs: number): number {
  return Math.min(1, Math.max(0, (atMs - startMs) / Math.max(1, endMs - startMs)));
}

export function timeAt({ startMs, endMs }: Span, share: number): number {
  return startMs + share * (endMs - startMs);
}

/** The bar's spans as they can be drawn: what touches to the eye as one, up to where it was played. */
export function drawnSpans(bar: TimeBar, playedMs: number | undefined) {
  return joined(bar.spans, (bar.endMs - bar.startMs) * SEEN_SHARE).map((span) => ({
    left: shareAt(bar, span.startMs),
    width: shareAt(bar, span.endMs) - shareAt(bar, span.startMs),
    played: playedMs === undefined ? 0 : shareAt(span, playedMs),
  }));
}

/** Where to go for a moment that was pointed at: undefined is live, or as far as there is anything. */
export function goalAt(whole: TimeBar, atMs: number, direction: 'forward' | 'back' = 'forward'): number | undefined {
  const isNewest = atMs >= whole.newestMs - LIVE_WITHIN_MS;
  if (isNewest && whole.isLive) return undefined;
  return nearestKept(whole.spans, isNewest ? Number.POSITIVE_INFINITY : atMs, direction);
}

export function isGap({ spans }: TimeBar, atMs: number): boolean {
  return !isKept(spans, atMs);
}

const STEPS_MS: Readonly<Record<string, number>> = {
  ArrowLeft: -5000,
  ArrowDown: -5000,
  ArrowRight: 5000,
  ArrowUp: 5000,
};
const LEAST_PAGE_MS = 30_000;
const PAGES: Readonly<Record<string, number>> = { PageDown: -1, PageUp: 1 };

/** Where a key leads to on a bar that shows a part of the whole; undefined for a key that is none of a slider's. */
export function stepTo(whole: TimeBar, shown: Span, key: string): number | undefined {
  if (key === 'Home') return whole.oldestMs;
  if (key === 'End') return whole.newestMs;
  const pageMs = Math.max(LEAST_PAGE_MS, (shown.endMs - shown.startMs) / 20);
  const step = own(STEPS_MS, key) ?? (own(PAGES, key) ?? Number.NaN) * pageMs;
  if (Number.isNaN(step)) return undefined;
  const from = whole.positionMs ?? whole.newestMs;
  return Math.min(whole.newestMs, Math.max(whole.oldestMs, from + step));
}

function own(table: Readonly<Record<string, number>>, key: string): number | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}
