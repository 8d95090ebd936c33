import type { PlayRequest } from '../../access/index.ts';
import { addressOf } from './admission.ts';
import { answer, answerProblem, type Request, type Response } from './answer.ts';
import type { PlaybackDoor } from './playback-door.ts';

/** Answers `/{app}.m3u`: the app's live streams as a channel list, where the rule allows. */
export function answerChannels(door: PlaybackDoor, asked: PlayRequest, request: Request, response: Response): void {
  const { domain, app } = asked;
  if (!door.rules().settingsFor(domain.name, app, '').channelList.enabled) {
    answerProblem(request, response, {
      status: 404,
      code: 'NO_CHANNEL_LIST',
      reason: 'this app has no channel list',
      remedy: 'Set channelList.enabled in a stream rule for the app.',
    });
    return;
  }
  door.log.debug({ app, address: addressOf(door, request) }, 'channel list');
  const parent = app.includes('/') ? app.slice(app.lastIndexOf('/') + 1) : app;
  const lines = ['#EXTM3U'];
  for (const stream of door.registry.streams()) {
    if (stream.id.domain !== domain.name || stream.id.app !== app) continue;
    lines.push(`#EXTINF:-1,${stream.id.name}`, `${parent}/${stream.id.name}.m3u8`);
  }
  const body = new TextEncoder().encode(`${lines.join('\n')}\n`);
  answer(request, response, { type: 'audio/x-mpegurl', cacheControl: 'no-store', body });
}
