import type { ServerResponse } from 'node:http';
import type { PlayRequest, Refusal } from '../../access/index.ts';
import { type Admitted, admitViewer, problemOf } from './admission.ts';
import { abortOf, answerProblem } from './answer.ts';
import { countAnswer } from './counted-answers.ts';
import type { Problem, Request } from './exchange.ts';
import type { PlaybackDoor } from './playback-door.ts';
import { sessionOf } from './stream-viewer.ts';
import { GRANT_HEADER, grantText } from './worker-grant.ts';
import type { WorkerOffer } from './worker-offer.ts';

/** What a worker offers to serve, and where it waits for the word. */
type Offered = { readonly offer: WorkerOffer; readonly protocol: 'flv' | 'ws-flv'; readonly response: ServerResponse };

/** Answers a worker that offers to serve a viewer of FLV: with leave to do so, or with what the viewer is to be told. */
export async function answerOffered(
  door: PlaybackDoor,
  asked: PlayRequest,
  offered: Offered,
  request: Request,
): Promise<void> {
  const { response, protocol } = offered;
  const abort = abortOf(response);
  const admitted = await admitViewer(door, asked, abort);
  if ('status' in admitted) {
    refuse(door, asked, admitted, offered, request);
    return;
  }
  if (abort.aborted) {
    await door.access.release(admitted.admission);
    return;
  }
  const refused = grantStream(door, admitted, offered);
  if (refused) {
    refuse(door, asked, problemOf(refused), offered, request);
    return;
  }
  door.onAnswered(protocol, 'accepted', asked.domain.name);
  if (protocol === 'flv') countAnswer(response, 200, 0);
  else countUpgrade(door, asked, 101);
}

function refuse(
  door: PlaybackDoor,
  asked: PlayRequest,
  problem: Problem,
  { response, protocol }: Offered,
  request: Request,
): void {
  door.onAnswered(protocol, problem.code, asked.domain.name);
  if (protocol === 'ws-flv') countUpgrade(door, asked, problem.status);
  answerProblem(request, response, problem);
}

function countUpgrade(door: PlaybackDoor, { domain, app, stream: name }: PlayRequest, status: number): void {
  door.usage.answered({ domain: domain.name, app, name }, 'ws-flv', status);
}

/**
 * Opens the session of a viewer whom a worker serves. Says which limit forbids it, if one does. The answer stays open
 * until the worker says that it has the viewer: should it end before that, there is no viewer.
 */
function grantStream(
  door: PlaybackDoor,
  admitted: Admitted,
  { offer, protocol, response }: Offered,
): Refusal | undefined {
  const { workers } = door;
  const { id } = admitted.stream;
  const traffic = { name: id.name, bytes: 0 };
  const session = sessionOf(door, admitted, protocol, traffic, (reason) => workers?.close(session.sessionId, reason));
  const opened = door.sessions.open(session);
  if (!opened.opened) return opened.refusal;
  const { sessionId } = session;
  const isLost = () => workers?.drop(sessionId);
  response.once('close', isLost);
  workers?.open({
    ...{ worker: offer.worker, sessionId, protocol, id, traffic },
    sent: door.usage.sent(id, protocol, admitted.request.isSecure === true),
    taken: () => {
      response.off('close', isLost);
      response.end();
    },
    remove: opened.remove,
  });
  const owner = door.registry.ownerOf(id);
  const { delivery } = door.rules().settingsFor(owner.domain, owner.app, owner.name);
  const grant = grantText({ kind: 'stream', sessionId, id, delivery });
  response.writeHead(200, { [GRANT_HEADER]: grant });
  response.flushHeaders();
  return undefined;
}
