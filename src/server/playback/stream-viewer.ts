import type { Clock } from '../../live/index.ts';
import type { Admitted } from './admission.ts';
import type { PlaybackDoor } from './playback-door.ts';

/** A viewer that is behind at the end of the stream gets this long for what it has not read. */
const DRAINING_MS = 10_000;

/** Where a viewer's bytes leave: a socket, or a stream of HTTP/2. */
export interface Outlet {
  write(bytes: Uint8Array): unknown;
  readonly writableLength: number;
  end(): unknown;
  destroy(): unknown;
  once(event: 'close' | 'error', listener: () => void): unknown;
}

/**
 * Makes a viewer of the stream's feed, as long as both last. Says which limit forbids it, if one does; only without
 * one is the outlet taken.
 */
export function watchStream(
  door: PlaybackDoor,
  { stream, admission, request }: Admitted,
  protocol: 'flv' | 'ws-flv',
  takeOutlet: () => Outlet,
): { readonly limit: number } | undefined {
  let outlet: Outlet | undefined;
  const opened = door.sessions.open({
    sessionId: door.newId(),
    domain: stream.id.domain,
    app: stream.id.app,
    stream: stream.id.name,
    protocol,
    uid: admission.uid,
    address: request.address,
    openedAtMs: door.clock.wallMs(),
    request,
    close: () => outlet?.destroy(),
  });
  if (!opened.opened) return { limit: opened.limit };
  outlet = takeOutlet();
  const leaveFeed = door.feeds.add(protocol, stream, sinkOf(outlet, door.clock));
  outlet.once('close', () => {
    leaveFeed();
    opened.remove();
  });
  outlet.once('error', () => outlet?.destroy());
  return undefined;
}

function sinkOf(outlet: Outlet, clock: Clock) {
  return {
    write: (bytes: Uint8Array) => {
      outlet.write(bytes);
    },
    get queuedBytes() {
      return outlet.writableLength;
    },
    end: (reason: 'STREAM_ENDED' | 'TOO_SLOW') => {
      if (reason === 'TOO_SLOW') {
        outlet.destroy();
        return;
      }
      outlet.end();
      outlet.once(
        'close',
        clock.after(DRAINING_MS, () => outlet.destroy()),
      );
    },
  };
}
