import type { Condition, Observation } from './condition.ts';
import { Usual } from './usual.ts';

/** A publish as it is measured now. */
export type MeasuredPublish = {
  readonly sessionId: string;
  readonly domain: string;
  readonly app: string;
  readonly stream: string;
  /** Media bytes since it began. */
  readonly totalBytes: number;
  /** Over the last seconds; 0 before there is any. */
  readonly fps: number;
  /** How many seconds the figures cover. */
  readonly seconds: number;
  readonly findings: readonly { readonly code: string; readonly sentence: string }[];
  /** Of the rules; 0 where they say nothing. */
  readonly minKbps: number;
  readonly minFps: number;
};

export type StreamHealthSources = {
  readonly publishes: () => readonly MeasuredPublish[];
  readonly nowMs: () => number;
  /** Per cent of what a stream has been sending, below which it is too little. */
  readonly lowPercent: () => number;
};

const WINDOW_MS = 5000;
/** A stream has been sending for so long before one can say what is usual for it. */
const LEARN_MS = 30_000;
const FEWEST_SECONDS = 5;
const CONTENT = ['BLACK', 'FROZEN', 'SILENT'];

type Meter = { samples: { readonly atMs: number; readonly bytes: number }[]; readonly usual: Usual };

/** What arrives from publishers is too little, has too few frames, or shows nothing. */
export function streamHealth({ publishes, nowMs, lowPercent }: StreamHealthSources): Condition {
  let meters = new Map<string, Meter>();
  return {
    codes: ['BITRATE_LOW', 'FPS_LOW', 'CONTENT_WRONG'],
    scope: 'node',
    look() {
      const now = nowMs();
      const next = new Map<string, Meter>();
      const found = publishes().flatMap((publish) => {
        const meter = meters.get(publish.sessionId) ?? { samples: [], usual: new Usual(LEARN_MS) };
        next.set(publish.sessionId, meter);
        return [...bitrate(publish, meter, now, lowPercent()), ...frames(publish), ...content(publish)];
      });
      meters = next;
      return found;
    },
  };
}

function bitrate(publish: MeasuredPublish, meter: Meter, nowMs: number, lowPercent: number): Observation[] {
  const first = meter.samples.findLastIndex(({ atMs }) => nowMs - atMs >= WINDOW_MS);
  const samples = [...meter.samples.slice(Math.max(0, first)), { atMs: nowMs, bytes: publish.totalBytes }];
  meter.samples = samples;
  const oldest = samples[0];
  if (!oldest || nowMs - oldest.atMs < WINDOW_MS) return [];
  const kbps = ((publish.totalBytes - oldest.bytes) * 8) / (nowMs - oldest.atMs);
  const usual = meter.usual.value;
  const least = publish.minKbps > 0 ? publish.minKbps : ((usual ?? 0) * lowPercent) / 100;
  const isLow = kbps < least;
  // What is too little does not become the usual.
  if (!isLow) meter.usual.add(kbps, nowMs);
  if (!isLow) return [];
  const than = publish.minKbps > 0 ? `at least ${least} are wanted` : `usual are ${Math.round(usual ?? 0)}`;
  return [seen('BITRATE_LOW', publish, `sends ${Math.round(kbps)} kb/s; ${than}.`)];
}

function frames(publish: MeasuredPublish): Observation[] {
  const { minFps, fps, seconds, findings } = publish;
  if (minFps > 0) {
    const isLow = seconds >= FEWEST_SECONDS && fps < minFps;
    return isLow ? [seen('FPS_LOW', publish, `has ${fps.toFixed(1)} frames a second; ${minFps} are wanted.`)] : [];
  }
  const finding = findings.find(({ code }) => code === 'FPS_LOW' || code === 'NO_VIDEO');
  return finding ? [seen('FPS_LOW', publish, `is not well: ${finding.sentence}`)] : [];
}

function content(publish: MeasuredPublish): Observation[] {
  const wrong = publish.findings.filter(({ code }) => CONTENT.includes(code));
  if (wrong.length === 0) return [];
  return [seen('CONTENT_WRONG', publish, `is not well: ${wrong.map(({ sentence }) => sentence).join(' ')}`)];
}

function seen(code: Observation['code'], { domain, app, stream }: MeasuredPublish, what: string): Observation {
  const name = `${domain}/${app}/${stream}`;
  return { code, subject: { kind: 'stream', name, domain, app, stream }, sentence: `The stream ${name} ${what}` };
}
