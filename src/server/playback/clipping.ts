import type { PlayRequest } from '../../access/index.ts';
import { answerChapters } from './chapters.ts';
import { answerClip } from './clip.ts';
import type { Request, Response } from './exchange.ts';
import { answerHotkey } from './hotkey.ts';
import type { PlaybackDoor } from './playback-door.ts';
import type { Target } from './target.ts';

export type ClippingAsked = {
  readonly target: Extract<Target, { kind: 'hotkey' | 'clip' | 'chapters' }>;
  readonly asked: PlayRequest;
  /** Such as `https://live.example.com`. */
  readonly origin: string;
  /** Whether the server ended the token's session. */
  readonly isShutOut: (token: string) => boolean;
};

/** Answers what is clipped and marked. */
export function answerClipping(
  door: PlaybackDoor,
  { target, asked, origin, isShutOut }: ClippingAsked,
  request: Request,
  response: Response,
): Promise<void> {
  const { app, stream } = target;
  switch (target.kind) {
    case 'hotkey': {
      // As it is signed for a push.
      const publish = { ...asked, path: `/${app}/${stream}`, protocol: 'rtmp-push' } as const;
      return answerHotkey(door, { does: target.does, publish, origin }, request, response);
    }
    case 'clip': {
      const id = { domain: asked.domain.name, app, name: stream };
      return answerClip(door, { id, clipId: target.id, file: target.file, origin }, request, response);
    }
    case 'chapters':
      return answerChapters(door, { asked, token: target.token, isShutOut }, request, response);
  }
}
