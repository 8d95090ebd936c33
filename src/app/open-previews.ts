import type { Archive } from '../archive/index.ts';
import type { Registry, StreamId } from '../live/index.ts';
import { PreviewKeeping, Previews, PreviewTrack } from '../preview/index.ts';
import type { Base } from './base.ts';
import { sourceOf } from './keep-rule.ts';
import type { State } from './open-state.ts';

/** Small pictures of what the archive has. */
export function openPreviews(
  { clock, log, metrics, closer }: Base,
  state: State,
  { registry, archive }: { readonly registry: Registry; readonly archive: Archive },
): { readonly previews: Previews; readonly track: PreviewTrack } {
  const previews = new Previews({
    folderOf: (id) => archive.folderOf(id),
    checkRoom: () => archive.checkRoom(),
    nowMs: clock.nowMs,
    log,
  });
  const keeping = new PreviewKeeping({
    archive,
    previews,
    ownerOf: (id: StreamId) => sourceOf(id, registry, state) ?? id,
    wallMs: clock.wallMs,
    log,
    onDiskBytes: (bytes) => metrics.previewsDisk.set(bytes),
  });
  closer.add('previews', previews);
  closer.add('preview keeping', keeping.start());
  return { previews, track: new PreviewTrack({ previews, archive, wallMs: clock.wallMs }) };
}
