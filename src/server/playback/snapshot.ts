import type { PlayRequest } from '../../access/index.ts';
import { giveBackAfterHead, problemOf } from './admission.ts';
import { answer, answerProblem } from './answer.ts';
import type { Problem, Request, Response } from './exchange.ts';
import type { PlaybackDoor } from './playback-door.ts';

const NO_SNAPSHOT: Problem = {
  status: 404,
  code: 'NO_SNAPSHOT',
  reason: 'there is no picture of this stream',
  remedy: 'Start the encoder, or set snapshot.enabled in a stream rule.',
};

/** Answers `/{app}/{stream}.jpg`: the latest picture of a live stream, for whoever may play it. */
export async function answerSnapshot(
  door: PlaybackDoor,
  asked: PlayRequest,
  request: Request,
  response: Response,
): Promise<void> {
  const verdict = await door.access.play(asked);
  if (!verdict.allowed) {
    answerProblem(request, response, problemOf(verdict));
    return;
  }
  await giveBackAfterHead(door, request, verdict);
  const snapshot = door.snapshotOf({ domain: asked.domain.name, app: asked.app, name: asked.stream });
  if (!snapshot) {
    answerProblem(request, response, NO_SNAPSHOT);
    return;
  }
  answer(request, response, {
    type: 'image/jpeg',
    cacheControl: 'private, max-age=2',
    body: snapshot.jpeg,
    headers: { 'Last-Modified': new Date(snapshot.atWallMs).toUTCString() },
  });
}
