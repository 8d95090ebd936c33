import type { StreamProtocol } from '../../../engines/index.ts';
import { fields, text } from '../../answers/answer-fields.ts';
import type { StreamEntry } from '../../answers/answer-types.ts';
import { post } from '../../kit/index.ts';

const GOOD_FOR_SECONDS = 3600;

/** Where the stream plays: signed where the server signs for who asks, else as it is. */
export async function playAddress(stream: StreamEntry, protocol: StreamProtocol): Promise<string | undefined> {
  const kind = protocol === 'flv' ? 'flv' : 'hls';
  const { domain, app, name } = stream;
  const asked = { domain, app, stream: name, kind: 'play', expiresInSeconds: GOOD_FOR_SECONDS };
  const answer = await post('/sign', asked);
  const signed = 'value' in answer ? text(fields(fields(answer.value).urls)[kind]) : undefined;
  return signed ?? stream.urls[kind];
}
