import type { Resource } from '../identity/index.ts';

/** The app of a stream or of a path. */
export function appOf({ domain, app }: { readonly domain: string; readonly app: string }): Resource {
  return { kind: 'app', domain, app };
}

export function pipelineOf({ pipeline }: { readonly pipeline: string }): Resource {
  return { kind: 'pipeline', pipeline };
}

export function domainOf({ domain }: { readonly domain: string }): Resource {
  return { kind: 'domain', domain };
}
