import type Hls from 'hls.js';
import type { LevelDetails } from 'hls.js';
import { bufferedAheadMs } from './buffer.ts';

type Part = NonNullable<LevelDetails['partList']>[number];
type Fragment = Part['fragment'];

/** Times of parts are not as exact as those of the buffer. */
const BUFFERED_SHARE = 0.75;

/**
 * hls.js loads nothing more as long as it takes a segment for loaded of which a part is missing, until the segment's parts
 * are listed no more: a stall of seconds. Two things bring it there:
 *
 * - It takes a segment for loaded of which no more than the last 0.2 s are missing: a last part as short as that which was
 *   listed while the one before it was on its way. Here a segment is partial as long as the part that comes next is missing.
 * - It forgets the parts of a segment that is being loaded while what lies far behind is removed from the buffer. Here they
 *   are called gaps, which it doesn't wait for.
 */
export function keepLoadingParts(hls: Hls, { FRAG_PARSED, LEVEL_UPDATED }: (typeof Hls)['Events']): void {
  let newest: Part | undefined;
  const look = ({ partList }: LevelDetails) => {
    if (newest) setPartial(newest.fragment, isFollowed(newest, partList ?? []));
  };
  hls.on(FRAG_PARSED, (_event, { frag, part }) => {
    if (frag.type !== 'main' || frag.sn === 'initSegment') return;
    newest = part ?? undefined;
    const details = hls.latestLevelDetails;
    if (newest && details) look(details);
    else setPartial(frag as Fragment, false);
  });
  hls.on(LEVEL_UPDATED, (_event, { details }) => {
    look(details);
    for (const part of details.partList ?? []) if (!part.loaded && isBuffered(hls.media, part)) part.gap = true;
  });
}

function isFollowed({ fragment: { sn, level }, index }: Part, partList: readonly Part[]): boolean {
  return partList.some(
    (part) => part.fragment.sn === sn && part.fragment.level === level && part.index === index + 1 && !part.loaded,
  );
}

function isBuffered(media: HTMLMediaElement | null, { start, duration }: Part): boolean {
  return media !== null && bufferedAheadMs(media.buffered, start) > BUFFERED_SHARE * duration * 1000;
}

function setPartial({ elementaryStreams }: Fragment, isPartial: boolean): void {
  for (const stream of Object.values(elementaryStreams)) if (stream) stream.partial = isPartial;
}
