import type { Clock } from '../live/index.ts';
import { rtmpAddress } from './address.ts';
import { RtmpLink } from './rtmp-link.ts';
import type { Source, SourceListener } from './source.ts';

/** Plays a stream of an RTMP server. */
export function rtmpSource(url: string, clock: Clock, { onMedia, onClosed }: SourceListener): Source {
  const link = new RtmpLink({ address: rtmpAddress(url), wanted: 'play', clock, onMedia, onClosed });
  return {
    by: 'rtmp',
    get address() {
      return link.remoteAddress;
    },
    close: () => link.end(),
  };
}
