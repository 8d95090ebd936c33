import type { ExpiredClip, KeptClip, ReadyClip } from '../../clip/index.ts';
import type { StreamId } from '../../live/index.ts';
import type { TemplateValues } from './page-template.ts';

/** A clip as programs read it; what it has only once it is ready is left out before. */
export function shownClip(clip: KeptClip, { app, name }: StreamId, origin: string) {
  const page = `${origin}/${app}/${name}/clips/${clip.id}`;
  const { id, state, title, startMs, endMs } = clip;
  return {
    id,
    state,
    title,
    startedAt: new Date(startMs).toISOString(),
    endedAt: new Date(endMs).toISOString(),
    ...(clip.state === 'ready' ? { durationSeconds: clip.durationMs / 1000, isExact: clip.isExact } : {}),
    ...(clip.state === 'failed' ? { reason: clip.reason } : {}),
    url: `${page}.mp4`,
    pageUrl: page,
    stateUrl: `${page}.json`,
  };
}

const DATE = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeZone: 'UTC' });
const TIME = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' });

/** What the page says of one that is no more. */
export function expiredWords({ expiredAtMs }: ExpiredClip): string {
  return `This clip has expired: it was kept until ${DATE.format(expiredAtMs)}.`;
}

/** What the page of a clip says. */
export function clipPageValues(clip: ReadyClip, { app, name }: StreamId, origin: string): TemplateValues {
  const stream = `${origin}/${app}/${name}`;
  const page = `${stream}/clips/${clip.id}`;
  const endMs = clip.wallMs + clip.durationMs;
  const [start, end] = [`${TIME.format(clip.wallMs)} UTC`, `${TIME.format(endMs)} UTC`];
  const { poster, chapters } = clip;
  const chapter = chapters.map(({ name, startMs }) => ({ seconds: String(startMs / 1000), at: clock(startMs), name }));
  return {
    ...{ app, stream: name, title: clip.title, pageUrl: page, streamPageUrl: stream, videoUrl: `${page}.mp4` },
    description: `${clock(clip.durationMs)} of ${app}/${name}, ${start}`,
    downloadUrl: `${page}.mp4`,
    fileName: `${name}-${new Date(clip.wallMs).toISOString().slice(0, 19).replace(/[:T]/g, '-')}.mp4`,
    ...{ width: String(clip.width), height: String(clip.height) },
    posterUrl: poster ? `${page}.jpg` : '',
    ...{ posterWidth: String(poster?.width ?? 0), posterHeight: String(poster?.height ?? 0) },
    ...{ startedAt: new Date(clip.wallMs).toISOString(), endedAt: new Date(endMs).toISOString() },
    ...{ startWords: start, endWords: end, durationWords: clock(clip.durationMs) },
    wholeSeconds: String(Math.max(1, Math.round(clip.durationMs / 1000))),
    chaptersTrack: chapters.length > 0 ? [{ chaptersUrl: `${page}.vtt` }] : [],
    chaptersList: chapters.length > 0 ? [{ chapter }] : [],
  };
}

/** As players write it: `0:30`, `1:00:00`. */
function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const two = (value: number) => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}
