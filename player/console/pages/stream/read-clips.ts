import { AnswerError, fields, list, number, oneOf, optional, text, webUrl } from '../../answers/answer-fields.ts';

/** `GET /api/v1/streams/{domain}/{app}/{stream}/clips`. */
export type ClipEntry = {
  readonly id: string;
  readonly state: 'making' | 'ready' | 'failed';
  readonly title: string;
  readonly by: string;
  readonly askedAt: string;
  readonly url?: string;
  readonly pageUrl?: string;
  readonly durationSeconds?: number;
  readonly sizeBytes?: number;
  /** Why it failed. */
  readonly reason?: string;
};

export function readClips(answer: unknown): ClipEntry[] {
  const { clips } = fields(answer);
  if (!Array.isArray(clips)) throw new AnswerError('the answer holds no list of clips');
  return list(clips).map((entry) => {
    const clip = fields(entry);
    return {
      id: text(clip.id) ?? '',
      state: oneOf(clip.state, ['making', 'ready', 'failed'] as const) ?? 'making',
      title: text(clip.title) ?? '',
      by: text(clip.by) ?? '',
      askedAt: text(clip.askedAt) ?? '',
      ...optional('url', webUrl(clip.url)),
      ...optional('pageUrl', webUrl(clip.pageUrl)),
      ...optional('durationSeconds', number(clip.durationSeconds)),
      ...optional('sizeBytes', number(clip.sizeBytes)),
      ...optional('reason', text(clip.reason)),
    };
  });
}
