import type { Clock, Registry, SourceChoice, SourceRole, StreamId } from '../live/index.ts';
import type { Publishers } from './publishers.ts';

/** One of the encoders of a stream. */
export type SourceOverview = {
  readonly source: 'main' | 'backup';
  readonly state: 'onAir' | 'standby' | 'stalled';
  readonly sessionId: string;
  readonly address: string;
  readonly encoder: string;
  readonly codecs: string;
  readonly width?: number;
  readonly height?: number;
  readonly bitrateKbps: number;
  readonly fps: number;
  readonly silentSeconds: number;
  readonly behindSeconds: number;
  /** Without a stall. */
  readonly wellSeconds: number;
};

/** What feeds a stream, and what of it viewers see. */
export type SourcesOverview = {
  /** Missing while nothing does. */
  readonly onAir?: SourceRole;
  readonly choice: SourceChoice;
  readonly sources: readonly SourceOverview[];
};

/** Undefined where a stream has its main source and nothing else. */
export function sourcesOverview(
  {
    registry,
    publishers,
    clock,
  }: { readonly registry: Registry; readonly publishers: Publishers; readonly clock: Clock },
  id: StreamId,
): SourcesOverview | undefined {
  const found = registry.sourcesOf(id);
  if (!found) return undefined;
  const { sources, publications } = found;
  const isPlain = !publications.has('backup') && (sources.onAir === 'main' || sources.onAir === undefined);
  if (isPlain) return undefined;
  const nowMs = clock.nowMs();
  const { onAir, choice } = sources;
  const shown = [...publications.values()].map(({ role, input, publisher: { sessionId } }): SourceOverview => {
    const { info, state } = publishers.get(sessionId) ?? {};
    const measured = state?.ingest.meter.measure(nowMs);
    const { video, audio } = input.tracks;
    const { pulse } = input;
    return {
      source: role === 'backup' ? 'backup' : 'main',
      state: pulse.isStalled(nowMs) ? 'stalled' : input.isOnAir ? 'onAir' : 'standby',
      ...{ sessionId, address: info?.address ?? '', encoder: state?.metadata?.encoder ?? info?.encoder ?? '' },
      codecs: [video?.codec, audio?.codec].filter((codec) => codec !== undefined).join(' '),
      ...(video ? { width: video.width, height: video.height } : {}),
      bitrateKbps: Math.round((measured?.videoKbps ?? 0) + (measured?.audioKbps ?? 0)),
      fps: Math.round((measured?.fps ?? 0) * 10) / 10,
      ...{ silentSeconds: inSeconds(pulse.silentMs(nowMs)), behindSeconds: inSeconds(pulse.behindMs) },
      wellSeconds: inSeconds(pulse.wellMs(nowMs)),
    };
  });
  shown.sort((a, b) => b.source.localeCompare(a.source));
  return { ...(onAir ? { onAir } : {}), choice, sources: shown };
}

function inSeconds(ms: number): number {
  return Math.round(ms / 100) / 10;
}
