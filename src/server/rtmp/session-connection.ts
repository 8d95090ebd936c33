import type { Socket } from 'node:net';
import type { Logger } from '../../log/index.ts';
import type { ViewerOutlet } from '../../packager/index.ts';
import type { RtmpServerEvent, RtmpServerSession } from '../../protocol/rtmp/index.ts';
import type { Publishing } from './publish-session.ts';
import type { RtmpEnd } from './rtmp-door.ts';

/** What who publishes or plays has of the connection he came by. */
export type SessionConnection = {
  readonly address: string;
  readonly encoder: string;
  readonly page: string;
  readonly socket: Socket;
  /** Where media are written. */
  readonly outlet: ViewerOutlet;
  readonly session: RtmpServerSession;
  readonly log: Logger;
  readonly isEnded: boolean;
  readonly flush: () => void;
  readonly handle: (events: readonly RtmpServerEvent[]) => void;
  readonly startPlaying: () => void;
  readonly startPublishing: (publish: Publishing) => void;
  readonly isFedBy: (publish: Publishing) => boolean;
  readonly end: (reason: RtmpEnd, detail?: Readonly<Record<string, unknown>>) => void;
};
