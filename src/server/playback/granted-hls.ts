import type { PlayRequest } from '../../access/index.ts';
import type { Request, Response } from './exchange.ts';
import type { OpenedSession } from './hls-sessions.ts';
import type { Played } from './ladder-view.ts';
import type { PlaybackDoor } from './playback-door.ts';
import { GRANT_HEADER, grantText } from './worker-grant.ts';
import { offerOf } from './worker-offer.ts';

type WhatIsPlayed = { readonly asked: PlayRequest; readonly token: string; readonly played: Played };

/** Lets a worker that offers it answer what its viewer asks next; the answer to this request goes with it. */
export function grantHls(
  { workers, packagers }: PlaybackDoor,
  session: OpenedSession | undefined,
  { asked, token, played }: WhatIsPlayed,
  { request, response }: { readonly request: Request; readonly response: Response },
): void {
  if (!workers || !session || offerOf(request)?.serves !== 'hls' || 'stream' in response) return;
  const packaging = packagers.packagingOf(played.id);
  if (!packaging) return;
  const grant = grantText({
    kind: 'hls',
    ...session,
    ...{ token, packaging, rules: workers.rules },
    ...{ id: played.id, owner: played.owner, siblings: played.siblings },
    folder: asked.path.slice(0, asked.path.lastIndexOf('/') + 1),
    address: asked.address,
    isSecure: asked.isSecure === true,
  });
  response.setHeader(GRANT_HEADER, grant);
}
