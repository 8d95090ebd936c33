import type { PlayRequest } from '../../access/index.ts';
import { TOKEN_PARAMETER } from './hls-ready.ts';

/** Relative to `/{app}/{stream}.m3u8`, so that it holds behind any proxy. */
export function mediaPlaylistUri({ domain, stream }: PlayRequest, token: string, file: string): string {
  if (domain.play.sessionTokenIn === 'query') return `${stream}/~/${file}?${TOKEN_PARAMETER}=${token}`;
  return `${stream}/~${token}/${file}`;
}
