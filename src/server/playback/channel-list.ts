import { type Admission, type PlayRequest, signUrl } from '../../access/index.ts';
import type { DomainRule } from '../../rules/index.ts';
import { giveBackAfterHead, problemOf } from './admission.ts';
import { answer, answerProblem } from './answer.ts';
import type { Problem, Request, Response } from './exchange.ts';
import type { PlaybackDoor } from './playback-door.ts';

const NO_CHANNEL_LIST: Problem = {
  status: 404,
  code: 'NO_CHANNEL_LIST',
  reason: 'this app has no channel list',
  remedy: 'Set channelList.enabled in a stream rule for the app.',
};

/**
 * Answers `/{app}.m3u`: the app's live streams as a channel list, where the rule allows. On a domain that signs, the
 * list needs a signature of its own, and its entries are good for as long as that.
 */
export async function answerChannels(
  door: PlaybackDoor,
  asked: PlayRequest,
  request: Request,
  response: Response,
): Promise<void> {
  const { domain, app } = asked;
  if (!door.rules().settingsFor(domain.name, app, '').channelList.enabled) {
    answerProblem(request, response, NO_CHANNEL_LIST);
    return;
  }
  const verdict = await door.access.play(asked);
  if (!verdict.allowed) {
    answerProblem(request, response, problemOf(verdict));
    return;
  }
  await giveBackAfterHead(door, request, verdict);
  const lines = ['#EXTM3U'];
  for (const { id } of door.registry.streams()) {
    if (id.domain !== domain.name || id.app !== app) continue;
    lines.push(`#EXTINF:-1,${id.name}`, channelUrl(domain, app, id.name, verdict, door.clock.wallMs()));
  }
  const body = new TextEncoder().encode(`${lines.join('\n')}\n`);
  answer(request, response, { type: 'audio/x-mpegurl', cacheControl: 'no-store', body });
}

/** Relative to the list where that can be, so that it holds behind any proxy. */
function channelUrl(domain: DomainRule, app: string, name: string, admission: Admission, nowMs: number): string {
  const folder = app.slice(0, app.lastIndexOf('/') + 1);
  const path = `/${app}/${name}.m3u8`;
  const { auth } = domain.play;
  if (auth.type === 'no_auth') return path.slice(1 + folder.length);
  const { uid, expiresAtMs = nowMs } = admission;
  const signed = signUrl(path, auth, {
    nowMs,
    expiresInSeconds: Math.floor((expiresAtMs - nowMs) / 1000),
    ...(uid === undefined ? {} : { uid }),
    typeCIn: 'query',
  });
  return auth.type === 'type_b' ? signed : signed.slice(1 + folder.length);
}
