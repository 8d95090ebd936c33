/** What an encoder's two fields get. */
export type PushParts = { readonly server: string; readonly streamKey: string };

/** `rtmp://host/app/stream?auth_key=…` as server (`rtmp://host/app`) and key (`stream?auth_key=…`). */
export function pushParts(url: string): PushParts {
  const query = url.indexOf('?');
  const slash = url.lastIndexOf('/', query === -1 ? url.length : query);
  return { server: url.slice(0, slash), streamKey: url.slice(slash + 1) };
}
