import {
  type PlayedTraffic,
  type Refusal,
  type SessionEnding,
  type ViewerSession,
  viewingIn,
} from '../../access/index.ts';
import type { Clock } from '../../live/index.ts';
import type { FeedSeat, ViewerOutlet, ViewerSink } from '../../packager/index.ts';
import type { Admitted } from './admission.ts';
import type { PlaybackDoor } from './playback-door.ts';

/** A viewer that is behind at the end of the stream gets this long for what it has not read. */
const DRAINING_MS = 10_000;

/** Where a viewer's bytes leave: a socket, or a stream of HTTP/2. */
export interface Outlet extends ViewerOutlet {
  write(bytes: Uint8Array | string): unknown;
  cork(): void;
  uncork(): void;
  end(): unknown;
  destroy(): unknown;
  once(event: 'close' | 'error', listener: () => void): unknown;
}

/** The session of a viewer of FLV. */
export function sessionOf(
  door: Pick<PlaybackDoor, 'clock' | 'newId'>,
  { stream: { id }, admission, request }: Admitted,
  protocol: 'flv' | 'ws-flv',
  traffic: PlayedTraffic,
  close: (reason: string) => void,
): ViewerSession {
  return {
    sessionId: request.sessionId ?? door.newId(),
    domain: id.domain,
    app: id.app,
    stream: id.name,
    protocol,
    uid: admission.uid,
    address: request.address,
    openedAtMs: door.clock.wallMs(),
    request,
    traffic: [traffic],
    viewing: viewingIn(request.query),
    close,
  };
}

/**
 * Makes a viewer of the stream's feed, as long as both last. Says which limit forbids it, if one does; only without
 * one is the outlet taken.
 */
export function watchStream(
  door: PlaybackDoor,
  admitted: Admitted,
  protocol: 'flv' | 'ws-flv',
  takeOutlet: () => { readonly outlet: Outlet; readonly head?: string },
): Refusal | undefined {
  const { stream, request } = admitted;
  let outlet: Outlet | undefined;
  let ending: SessionEnding = 'left';
  let seat: FeedSeat | undefined;
  const traffic = {
    name: stream.id.name,
    get bytes() {
      return seat?.bytes ?? 0;
    },
  };
  const opened = door.sessions.open(
    sessionOf(door, admitted, protocol, traffic, (reason) => {
      if (outlet && reason === 'SERVER_STOPPED') endInOrder(outlet, door.clock);
      else outlet?.destroy();
    }),
  );
  if (!opened.opened) return opened.refusal;
  const taken = takeOutlet();
  outlet = taken.outlet;
  outlet.cork();
  if (taken.head) outlet.write(taken.head);
  const sent = door.usage.sent(stream.id, protocol, request.isSecure === true);
  const sink = sinkOf(outlet, door.clock, sent, (reason) => {
    ending = reason;
  });
  seat = door.feeds.add(protocol, stream, sink);
  outlet.uncork();
  outlet.once('close', () => {
    seat?.leave();
    opened.remove(ending);
  });
  outlet.once('error', () => outlet?.destroy());
  return undefined;
}

/** Where a feed writes to, with what is done at its end. */
export function sinkOf(
  outlet: Outlet,
  clock: Clock,
  sent: ViewerSink['sent'],
  onEnd: (ending: SessionEnding) => void,
): ViewerSink {
  return {
    outlet,
    ...(sent && { sent }),
    end(reason) {
      onEnd(reason === 'TOO_SLOW' ? 'too_slow' : 'stream_ended');
      if (reason === 'TOO_SLOW') {
        outlet.destroy();
        return;
      }
      endInOrder(outlet, clock);
    },
  };
}

/** After what was written to it, as far as the viewer reads that. */
export function endInOrder(outlet: Outlet, clock: Clock): void {
  outlet.end();
  outlet.once(
    'close',
    clock.after(DRAINING_MS, () => outlet.destroy()),
  );
}
