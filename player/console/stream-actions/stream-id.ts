import { pathOf } from '../kit/index.ts';

/** Which stream it is. */
export type StreamId = { readonly domain: string; readonly app: string; readonly name: string };

/** Below `/api/v1`. */
export function streamPath({ domain, app, name }: StreamId): string {
  return `/streams${pathOf(domain, app, name)}`;
}

export function nameWords({ app, name }: StreamId): string {
  return `${app}/${name}`;
}
