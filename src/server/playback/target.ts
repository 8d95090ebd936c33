/** What a path of the playback door names. */
export type Target =
  | { readonly kind: 'flv'; readonly app: string; readonly stream: string }
  | {
      readonly kind: 'playlist';
      readonly app: string;
      readonly stream: string;
      /** `demo` where `stream` is `demo-llhls`: ApsaraVideo's address of the low-latency packaging of `demo`. */
      readonly packaged?: string;
    }
  | {
      readonly kind: 'hls';
      readonly app: string;
      readonly stream: string;
      /** Empty where the token is in the query. */
      readonly token: string;
      readonly file: string;
    }
  | { readonly kind: 'snapshot'; readonly app: string; readonly stream: string }
  | { readonly kind: 'channels'; readonly app: string }
  | { readonly kind: 'page'; readonly app: string; readonly stream: string };

const NAME = '[A-Za-z0-9][A-Za-z0-9_-]{0,254}';
const APP = `${NAME}(?:/${NAME}){0,3}`;
const MEDIA = new RegExp(`^/(${APP})/(${NAME})\\.(flv|m3u8|jpg)$`);
const PACKAGED = /^(.+)-llhls$/;
const HLS = new RegExp(`^/(${APP})/(${NAME})/~([A-Za-z0-9_.-]*)/([a-z0-9.-]{1,64})$`);
const CHANNELS = new RegExp(`^/(${APP})\\.m3u$`);
const PAGE = new RegExp(`^/(${APP})/(${NAME})$`);

/**
 * Reads a path; undefined for one that names no stream. Names need no percent-encoding, so a path with any is none.
 *
 * @param path as sent, without the query
 */
export function targetOf(path: string): Target | undefined {
  const media = MEDIA.exec(path);
  if (media?.[1] && media[2]) {
    const [, app, stream, extension] = media;
    if (extension === 'flv') return { kind: 'flv', app, stream };
    if (extension === 'jpg') return { kind: 'snapshot', app, stream };
    const packaged = PACKAGED.exec(stream)?.[1];
    return { kind: 'playlist', app, stream, ...(packaged ? { packaged } : {}) };
  }
  const hls = HLS.exec(path);
  if (hls?.[1] && hls[2] && hls[3] !== undefined && hls[4]) {
    return { kind: 'hls', app: hls[1], stream: hls[2], token: hls[3], file: hls[4] };
  }
  const channels = CHANNELS.exec(path);
  if (channels?.[1]) return { kind: 'channels', app: channels[1] };
  const page = PAGE.exec(path);
  if (page?.[1] && page[2]) return { kind: 'page', app: page[1], stream: page[2] };
  return undefined;
}

/** A request's target in two; neither is decoded. */
export function pathOf(url: string | undefined): { readonly path: string; readonly query: string } {
  const whole = url ?? '/';
  const at = whole.indexOf('?');
  return at < 0 ? { path: whole, query: '' } : { path: whole.slice(0, at), query: whole.slice(at + 1) };
}
