import type Hls from 'hls.js';
import type { LevelDetails } from 'hls.js';

type Part = NonNullable<LevelDetails['partList']>[number];
type Fragment = Part['fragment'];

/**
 * hls.js takes a segment for loaded when no more than its last 0.2 s are missing. A last part as short as that, if it was
 * listed while the one before it was on its way, was not loaded then, nor was anything behind it until the segment's parts
 * were listed no more: a stall of seconds. Here a segment is partial as long as the part that comes next is missing.
 */
export function loadShortParts(hls: Hls, { FRAG_PARSED, LEVEL_UPDATED }: (typeof Hls)['Events']): void {
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
  hls.on(LEVEL_UPDATED, (_event, { details }) => look(details));
}

function isFollowed({ fragment: { sn, level }, index }: Part, partList: readonly Part[]): boolean {
  return partList.some(
    (part) => part.fragment.sn === sn && part.fragment.level === level && part.index === index + 1 && !part.loaded,
  );
}

function setPartial({ elementaryStreams }: Fragment, isPartial: boolean): void {
  for (const stream of Object.values(elementaryStreams)) if (stream) stream.partial = isPartial;
}
