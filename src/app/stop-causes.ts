import type { PublicationEnding } from '../live/index.ts';
import type { StopCause } from '../notify/index.ts';

/** Why a publish ended, in the words of callbacks. */
export const STOP_CAUSES: Readonly<Record<PublicationEnding, StopCause>> = {
  UNPUBLISHED: 'unpublished',
  LOST: 'connection_lost',
  TAKEN_OVER: 'takeover',
  GHOST_REPLACED: 'takeover',
  IDLE: 'idle',
  KICKED: 'kicked',
  MODERATION: 'moderation',
  BLOCKED: 'blocked',
};
