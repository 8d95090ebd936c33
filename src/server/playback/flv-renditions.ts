import { type Admission, type PlayRequest, signUrl } from '../../access/index.ts';
import { describeTracks, type VariantDescription } from '../../packager/index.ts';
import { type Admitted, admit } from './admission.ts';
import { abortOf, answer, answerProblem } from './answer.ts';
import type { Request, Response } from './exchange.ts';
import { ladderViewOf, type Variant } from './ladder-view.ts';
import type { PlaybackDoor } from './playback-door.ts';
import { SOURCE_ID } from './variants.ts';

const ASKS = /(?:^|&)hw_renditions(?:=[^&]*)?(?=&|$)/;

/** Whether a viewer of FLV asks for the list of what there is to switch to, instead of the stream. */
export function asksForRenditions(query: string): boolean {
  return ASKS.test(query);
}

/**
 * Answers `/{app}/{stream}.flv?hw_renditions` with the stream and its renditions as JSON, for whoever may play the
 * stream. Where URLs are signed, each has a signature of its own that is good for as long as the one of the stream.
 */
export async function answerRenditions(
  door: PlaybackDoor,
  asked: PlayRequest,
  request: Request,
  response: Response,
): Promise<void> {
  const admitted = await admit(door, asked, abortOf(response));
  if ('status' in admitted) {
    answerProblem(request, response, admitted);
    return;
  }
  await door.access.release(admitted.admission);
  const renditions = listedFor(door, admitted).map((variant) => ({
    name: variant.forecast?.template ?? SOURCE_ID,
    url: urlOf(asked, variant, admitted.admission, door.clock.wallMs()),
    ...described(variant, admitted, door),
  }));
  const body = new TextEncoder().encode(JSON.stringify({ renditions }));
  answer(request, response, { type: 'application/json', cacheControl: 'no-store', body });
}

/** A signature for a single session opens one, and not one more for each rendition. */
function listedFor(door: PlaybackDoor, { stream, request }: Admitted): readonly Variant[] {
  const available = ladderViewOf(door, stream.id).variants.filter(({ forecast }) => forecast?.isAvailable ?? true);
  return request.domain.play.singleUse ? available.slice(0, 1) : available;
}

function urlOf({ domain, app, query }: PlayRequest, { id }: Variant, admission: Admission, nowMs: number): string {
  const args = query.replace(/^\?/, '').replace(ASKS, '').replace(/^&/, '');
  const path = `/${app}/${id.name}.flv${args === '' ? '' : `?${args}`}`;
  const { uid, expiresAtMs = nowMs } = admission;
  const signed = signUrl(path, domain.play.auth, {
    nowMs,
    expiresInSeconds: Math.floor((expiresAtMs - nowMs) / 1000),
    ...(uid === undefined ? {} : { uid }),
    typeCIn: 'query',
  });
  // Relative where that can be, so that it holds behind any proxy.
  return domain.play.auth.type === 'type_b' ? signed : signed.slice(app.length + 2);
}

function described({ forecast, id }: Variant, { stream }: Admitted, { packagers }: PlaybackDoor) {
  const measured = packagers.peek(id)?.bitrate('fmp4').average;
  const { codecs, resolution, frameRate }: Pick<VariantDescription, 'codecs' | 'resolution' | 'frameRate'> =
    forecast ?? describeTracks(stream.tracks);
  const bitrate = measured || forecast?.averageBitrate;
  return {
    codecs: codecs.join(),
    ...resolution,
    ...(frameRate ? { frameRate } : {}),
    ...(bitrate ? { bitrateKbps: Math.round(bitrate / 1000) } : {}),
  };
}
