import type { Archive } from '../archive/index.ts';
import type { Registry } from '../live/index.ts';
import { tsSegmentOf } from '../packager/index.ts';
import { readSegment } from '../record/index.ts';
import type { Packagers } from '../server/playback/index.ts';
import { ArchivedMedia, NearWindow, ShiftedPlaylists } from '../timeshift/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';

type Packaging = ConstructorParameters<typeof Packagers>[0];

/** For segments that several viewers ask for about the same time. */
const SERVED_BYTES = 64 * 1024 * 1024;

/** What viewers can go back to. */
export function openPast({ clock }: Base, archive: Archive, encryptionOf: Packaging['encryptionOf']) {
  const media = new ArchivedMedia({
    archive,
    wallMs: clock.wallMs,
    tsOf: (segment, bytes) => tsSegmentOf(readSegment(segment, bytes)),
    maxBytes: SERVED_BYTES,
  });
  const onListed: ArchivedMedia['remember'] = (id, segments) => media.remember(id, segments);
  return { archive, media, encryptionOf, playlists: new ShiftedPlaylists({ archive, wallMs: clock.wallMs, onListed }) };
}

/** What the live playlists list of the archive. */
export function nearWindows(
  { log, clock }: Base,
  { settingsOf }: State,
  registry: Registry,
  past: () => ReturnType<typeof openPast>,
): NonNullable<Packaging['earlierOf']> {
  return (id) => {
    const owner = registry.ownerOf(id);
    const { enabled, renditions, nearSeconds } = settingsOf(owner).timeShift;
    if (!enabled || nearSeconds === 0 || (owner !== id && !renditions)) return undefined;
    const { archive, media } = past();
    return new NearWindow({
      archive,
      clock,
      id,
      nearMs: nearSeconds * 1000,
      onListed: (segments) => media.remember(id, segments),
      onError: (error) => log.error({ error, ...id }, 'archive could not be read for the live playlist'),
    });
  };
}
