import type { StreamEntry } from '../../answers/answer-types.ts';

export type Shown = 'all' | 'troubled' | 'recorded';

/** The streams whose names, encoder, address or node hold every word of `text`. */
export function fitting(streams: readonly StreamEntry[], text: string, shown: Shown): StreamEntry[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return streams.filter((stream) => {
    const { domain, app, name, node = '', publisher, health, state, isRecording } = stream;
    if (shown === 'troubled' && (health.status === 'good' || state === 'ended')) return false;
    if (shown === 'recorded' && !isRecording) return false;
    const where =
      `${domain} ${app}/${name} ${publisher?.encoder ?? ''} ${publisher?.address ?? ''} ${node}`.toLowerCase();
    return words.every((word) => where.includes(word));
  });
}
