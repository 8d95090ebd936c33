import { codecName, formatBitrate } from '../wording/index.ts';
import type { HealthStatus, StreamEntry, StreamState, TrackEntry, ViewerCounts } from './api-types.ts';

/** A state and a verdict in words, with the colour they are said in. */
export type Verdict = { readonly words: string; readonly tone: 'good' | 'warn' | 'bad' | 'quiet' };

export const STATE_VERDICTS: Readonly<Record<StreamState, Verdict>> = {
  publishing: { words: 'Live', tone: 'good' },
  waiting: { words: 'Waiting for the publisher', tone: 'warn' },
  ended: { words: 'Ended', tone: 'quiet' },
};

export const HEALTH_VERDICTS: Readonly<Record<HealthStatus, Verdict>> = {
  good: { words: 'Healthy', tone: 'good' },
  warn: { words: 'Needs attention', tone: 'warn' },
  bad: { words: 'In trouble', tone: 'bad' },
};

/** The first track of a kind as people say it: `H.264, 1280 × 720, 25 fps`. */
export function trackWords(stream: StreamEntry, kind: 'video' | 'audio'): string {
  const track = stream.tracks.find((each) => each.kind === kind);
  if (!track) return 'none';
  const parts = kind === 'video' ? videoParts(track) : audioParts(track);
  return [codecName(track.codec), ...parts, ...(track.bitrateKbps ? [formatBitrate(track.bitrateKbps)] : [])].join(
    ', ',
  );
}

function videoParts({ width, height, fps }: TrackEntry): string[] {
  return [...(width && height ? [`${width} × ${height}`] : []), ...(fps ? [`${Math.round(fps * 100) / 100} fps`] : [])];
}

function audioParts({ sampleRate, channels }: TrackEntry): string[] {
  const layout = channels === 1 ? 'mono' : channels === 2 ? 'stereo' : `${channels} channels`;
  return [...(sampleRate ? [`${sampleRate / 1000} kHz`] : []), ...(channels ? [layout] : [])];
}

/** All viewers, and by door where there are any: `6: HLS 4, FLV 2`. */
export function viewerWords(viewers: ViewerCounts): string {
  const doors: readonly (readonly [string, number])[] = [
    ['HLS', viewers.hls],
    ['FLV', viewers.flv],
    ['WebSocket', viewers.wsFlv],
    ['RTMP', viewers.rtmp],
  ];
  const busy = doors.filter(([, count]) => count > 0);
  const total = busy.reduce((sum, [, count]) => sum + count, 0);
  return total === 0 ? 'none' : `${total}: ${busy.map(([door, count]) => `${door} ${count}`).join(', ')}`;
}

/** Seconds since an ISO time, or undefined where there is none that parses. */
export function secondsSince(startedAt: string | undefined, nowMs: number): number | undefined {
  const start = startedAt === undefined ? Number.NaN : Date.parse(startedAt);
  return Number.isNaN(start) ? undefined : Math.max(0, (nowMs - start) / 1000);
}
