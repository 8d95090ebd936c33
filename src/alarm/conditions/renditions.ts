import type { Condition, Observation } from './condition.ts';

/** A stream that is transcoded. */
export type TranscodedStream = {
  readonly domain: string;
  readonly app: string;
  readonly stream: string;
  /** 1 is as fast as the stream; undefined before it is known. */
  readonly speed: number | undefined;
  readonly lagMs: number;
  readonly renditions: readonly {
    readonly template: string;
    readonly name?: string;
    readonly state: string;
    readonly reason?: string;
  }[];
};

export type RenditionSources = {
  readonly transcoded: () => readonly TranscodedStream[];
  /** Of real time, below which encoding is too slow. */
  readonly slowestSpeed: () => number;
};

/** FFmpeg gives its speed since its start, so one that caught up is slow for a while; who is not late is well. */
const LATE_MS = 2000;

/** Renditions that are not made, and encoding that cannot keep up. */
export function renditions({ transcoded, slowestSpeed }: RenditionSources): Condition {
  return {
    codes: ['TRANSCODE_SLOW', 'RENDITION_DOWN'],
    scope: 'node',
    look: () => transcoded().flatMap((each) => [...slow(each, slowestSpeed()), ...down(each)]),
  };
}

function slow({ domain, app, stream, speed = 1, lagMs }: TranscodedStream, slowest: number): Observation[] {
  if (speed >= slowest || lagMs < LATE_MS) return [];
  const name = `${domain}/${app}/${stream}`;
  const subject = { kind: 'stream', name, domain, app, stream } as const;
  const late = (lagMs / 1000).toFixed(1);
  const sentence = `The renditions of ${name} are encoded at ${speed.toFixed(2)} times real time and are ${late} s late.`;
  return [{ code: 'TRANSCODE_SLOW', subject, sentence }];
}

function down({ domain, app, stream, renditions: all }: TranscodedStream): Observation[] {
  return all.flatMap(({ template, name = `${stream}_${template}`, state, reason = 'no reason is known' }) => {
    if (state !== 'failed' && state !== 'shed') return [];
    const whole = `${domain}/${app}/${name}`;
    const subject = { kind: 'rendition', name: whole, domain, app, stream } as const;
    const words = state === 'shed' ? 'is given up for a while' : 'cannot be made';
    return [{ code: 'RENDITION_DOWN', subject, sentence: `The rendition ${whole} ${words}: ${reason}.` }];
  });
}
