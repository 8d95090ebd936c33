import type { Beacon } from './beacon-types.ts';

/** Beacons go out this often, and once more when the page is left. */
export const BEACON_INTERVAL_MS = 10_000;

/** The playback door's address for beacons. */
export const BEACON_PATH = '/_headwater/beacon';

/** In the query of what a player asks the server for: its reports are known to be of that playback. */
const VIEWING_PARAMETER = 'hw_viewing';

/** The address that names the viewing; one of another server is left as it is, for it may be signed as a whole. */
export function withViewing(url: string, session: string, ownOrigin: string): string {
  const named = new URL(url);
  const isOwn = named.origin.replace(/^ws/, 'http') === ownOrigin;
  if (isOwn) named.search += `${named.search === '' ? '?' : '&'}${VIEWING_PARAMETER}=${session}`;
  return named.href;
}

/** Sends what `measure` says until the returned function is called, which sends a last one. */
export function startBeacons(url: string, measure: () => Beacon | undefined): () => void {
  const send = () => {
    const beacon = measure();
    // text/plain needs no preflight, so a page on another origin may send it while it unloads.
    if (beacon) navigator.sendBeacon(url, new Blob([JSON.stringify(beacon)], { type: 'text/plain' }));
  };
  const timer = window.setInterval(send, BEACON_INTERVAL_MS);
  window.addEventListener('pagehide', send);
  return () => {
    window.clearInterval(timer);
    window.removeEventListener('pagehide', send);
    send();
  };
}

/** 16 hex digits at random; not `randomUUID`, which plain-http pages don't have. */
export function newSessionId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Frames since the element's current source began, where the browser counts them. */
export function countFrames(video: HTMLVideoElement): { total: number; dropped: number } {
  const quality = video.getVideoPlaybackQuality?.();
  return { total: quality?.totalVideoFrames ?? 0, dropped: quality?.droppedVideoFrames ?? 0 };
}
