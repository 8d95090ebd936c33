import { ADAPTIVE_GROUP, adaptiveLadder, NO_TRANSCODE_GROUP, type RungsOf } from '../vod/processing/index.ts';

/** Which renditions the groups of templates make that come with the server. */
export const rungsOf: RungsOf = async (group = ADAPTIVE_GROUP, source) => {
  if (group === NO_TRANSCODE_GROUP) return [];
  return group === ADAPTIVE_GROUP ? adaptiveLadder(source) : undefined;
};
