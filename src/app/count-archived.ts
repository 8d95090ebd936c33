import type { Registry, StreamId } from '../live/index.ts';
import type { StreamCounters } from '../usage/index.ts';
import type { ArchivedSegment } from './open-archive.ts';
import type { State } from './open-state.ts';

/** Counts what is kept for viewers who go back. */
export function countArchived(
  { settingsOf }: Pick<State, 'settingsOf'>,
  registry: Registry,
  usage: Pick<StreamCounters, 'did'>,
  id: StreamId,
  { sizeBytes: bytes, durationMs }: ArchivedSegment,
): void {
  const owner = registry.ownerOf(id);
  const { enabled, renditions } = settingsOf(owner).timeShift;
  if (!enabled || (owner !== id && !renditions)) return;
  usage.did(id, 'time-shift', { bytes, seconds: durationMs / 1000, count: 1 }, '', owner);
}
