import { codecName, formatBitrate } from '../../wording/index.ts';
import type { Verdict } from '../kit/notes.tsx';
import type { HealthStatus, StreamEntry, StreamState, TrackEntry, ViewerCounts } from './answer-types.ts';
import { streamWords } from './words.ts';

const STATE_TONES = { publishing: 'good', waiting: 'warn', ended: 'quiet' } as const;

export function stateVerdict(state: StreamState): Verdict {
  return { words: streamWords().states[state], tone: STATE_TONES[state] };
}

export function healthVerdict(status: HealthStatus): Verdict {
  return { words: streamWords().healths[status], tone: status };
}

/** The first track of a kind as people say it: `H.264, 1280 × 720, 25 fps`. */
export function trackWords(stream: StreamEntry, kind: 'video' | 'audio'): string {
  const track = stream.tracks.find((each) => each.kind === kind);
  if (!track) return streamWords().none;
  const parts = kind === 'video' ? videoParts(track) : audioParts(track);
  return [codecName(track.codec), ...parts, ...(track.bitrateKbps ? [formatBitrate(track.bitrateKbps)] : [])].join(
    ', ',
  );
}

function videoParts({ width, height, fps }: TrackEntry): string[] {
  return [...(width && height ? [`${width} × ${height}`] : []), ...(fps ? [`${Math.round(fps * 100) / 100} fps`] : [])];
}

function audioParts({ sampleRate, channels }: TrackEntry): string[] {
  const words = streamWords();
  const layout = channels === 1 ? words.mono : channels === 2 ? words.stereo : words.channels(channels ?? 0);
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
  return total === 0 ? streamWords().none : `${total}: ${busy.map(([door, count]) => `${door} ${count}`).join(', ')}`;
}

/** How often key frames come; a dash until two of them did, which the server says as 0. */
export function keyFrameWords(gopSeconds: number | undefined): string {
  return gopSeconds ? streamWords().every(gopSeconds.toFixed(1)) : '–';
}

/** How many watch, by whatever door. */
export function viewerCount({ flv, wsFlv, rtmp, hls }: ViewerCounts): number {
  return flv + wsFlv + rtmp + hls;
}

/** The publisher's encoder and address. */
export function publisherWords({ publisher }: StreamEntry): string {
  const words = streamWords();
  if (!publisher) return words.none;
  return [publisher.encoder, publisher.address && words.from(publisher.address)].filter(Boolean).join(', ');
}

/** Seconds since an ISO time, or undefined where there is none that parses. */
export function secondsSince(startedAt: string | undefined, nowMs: number): number | undefined {
  const start = startedAt === undefined ? Number.NaN : Date.parse(startedAt);
  return Number.isNaN(start) ? undefined : Math.max(0, (nowMs - start) / 1000);
}
