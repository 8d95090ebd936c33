import { AnswerError, type Fields, fields, list, number, oneOf, optional, text } from '../../answers/answer-fields.ts';
import type { RecordingEntry, RecordingFormat, RecordingPage } from '../../answers/answer-types.ts';

/** Leaves out recordings of formats that this page doesn't know. */
export function readRecordings(answer: unknown): RecordingPage {
  const { recordings, nextCursor } = fields(answer);
  if (!Array.isArray(recordings)) throw new AnswerError('the answer holds no list of recordings');
  return {
    recordings: list(recordings).flatMap((entry) => readRecording(fields(entry))),
    ...optional('nextCursor', text(nextCursor)),
  };
}

function readRecording(recording: Fields): RecordingEntry[] {
  const format = oneOf<RecordingFormat>(recording.format, ['mp4', 'flv', 'm3u8', 'cmaf']);
  const [id, url] = [text(recording.id), ownUrl(recording.url)];
  const [startedAtMs, endedAtMs] = [timeMs(recording.startedAt), timeMs(recording.endedAt)];
  if (!format || !id || !url || startedAtMs === undefined || endedAtMs === undefined) return [];
  const entry = {
    id,
    domain: text(recording.domain) ?? '',
    app: text(recording.app) ?? '',
    stream: text(recording.stream) ?? '',
    format,
    storage: text(recording.storage) ?? '',
    object: text(recording.object) ?? '',
    startedAtMs,
    endedAtMs,
    durationSeconds: number(recording.durationSeconds) ?? (endedAtMs - startedAtMs) / 1000,
    ...optional('sizeBytes', number(recording.sizeBytes)),
    missingSegments: number(recording.missingSegments) ?? 0,
    ...optional('node', text(recording.node)),
    url,
  };
  return [entry];
}

function timeMs(value: unknown): number | undefined {
  const time = Date.parse(text(value) ?? '');
  return Number.isNaN(time) ? undefined : time;
}

/** Only this server's own paths are played here: a recording's name is a stranger's word. */
function ownUrl(value: unknown): string | undefined {
  const url = text(value);
  return url?.startsWith('/api/v1/recordings/') ? url : undefined;
}
