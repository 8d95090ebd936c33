import type { StreamProtocol } from '../../../engines/index.ts';
import { fields, text } from '../../answers/answer-fields.ts';
import type { StreamEntry } from '../../answers/answer-types.ts';
import { post } from '../../kit/index.ts';

const GOOD_FOR_SECONDS = 3600;

/**
 * Where the stream or a rendition of it plays: signed where the server signs for who asks, else as it is. The rendition is
 * the name of a template; an empty one is the stream itself.
 */
export async function playAddress(
  stream: StreamEntry,
  rendition: string,
  protocol: StreamProtocol,
): Promise<string | undefined> {
  const kind = protocol === 'flv' ? 'flv' : 'hls';
  const { domain, app, name } = stream;
  const played = rendition === '' ? name : `${name}_${rendition}`;
  const asked = { domain, app, stream: played, kind: 'play', expiresInSeconds: GOOD_FOR_SECONDS };
  const answer = await post('/sign', asked);
  const signed = 'value' in answer ? text(fields(fields(answer.value).urls)[kind]) : undefined;
  return signed ?? renditionUrl(stream.urls[kind], name, played);
}

/** The names in the path are percent-encoded. */
function renditionUrl(url: string | undefined, name: string, played: string): string | undefined {
  return url?.replace(`/${encodeURIComponent(name)}.`, `/${encodeURIComponent(played)}.`);
}
