import type { LiveStats } from './live-stats.ts';
import type { WatchSession } from './watch-session.ts';

/** The session and its numbers, which need the video element to exist. */
export type Watching = { readonly session: WatchSession; readonly stats: LiveStats };
