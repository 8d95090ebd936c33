import type { PeerAddresses } from '../../access/index.ts';
import { clientOf, hostOf, peerOf } from './admission.ts';
import type { Hls } from './hls.ts';
import type { PlaybackDoor } from './playback-door.ts';
import { acceptsGzip } from './playlist-text.ts';
import { RepeatedRequests } from './repeated-requests.ts';
import { pathOf } from './target.ts';
import { WholeAnswers } from './whole-answer.ts';

type Head = {
  readonly host: string;
  readonly address: string;
  readonly isSecure: boolean;
  readonly takesGzip: boolean;
};

export type RepeatedHlsOptions = {
  readonly door: Pick<PlaybackDoor, 'clock' | 'clients' | 'isDraining'>;
  readonly peers: PeerAddresses;
  readonly hls: Pick<Hls, 'answerNow'>;
  readonly keepAliveMs: number;
};

/** The short way for those who watch already: their next playlists and segments, with the same head each time. */
export function repeatedHls({ door, peers, hls, keepAliveMs }: RepeatedHlsOptions): RepeatedRequests<Head> {
  const answers = new WholeAnswers(door.clock, keepAliveMs / 1000);
  return new RepeatedRequests({
    headOf: (request) => ({
      host: hostOf(request),
      ...clientOf(door, peerOf(peers, request), request),
      takesGzip: acceptsGzip(request.headers['accept-encoding']),
    }),
    answer: (target, { host, address, isSecure, takesGzip }) => {
      if (door.isDraining()) return undefined;
      const { path, query } = pathOf(target);
      const nameAt = path.lastIndexOf('/') + 1;
      const by = { folder: path.slice(0, nameAt), host, address, isSecure };
      const found = hls.answerNow(by, { file: path.slice(nameAt), query, takesGzip });
      if (!(found instanceof Promise)) return found && answers.of(found);
      return found.then((lent) => lent && { parts: answers.once(lent.bytes), release: lent.release });
    },
  });
}
