/** As much of a fragment of hls.js as is read here. */
export type TimedFragment = { readonly start: number; readonly programDateTime: number | null };

/** With its length. */
export type LastingFragment = TimedFragment & { readonly duration: number };

/** The wall clock of a position, from the EXT-X-PROGRAM-DATE-TIME of the fragment that it is in. */
export function wallMsIn(fragments: readonly TimedFragment[], positionS: number): number | undefined {
  const fragment = fragments.findLast(({ start }) => start <= positionS) ?? fragments[0];
  if (!fragment || fragment.programDateTime === null) return undefined;
  return fragment.programDateTime + (positionS - fragment.start) * 1000;
}

/** Where what was published at a moment is; undefined where it is in none of the fragments. */
export function positionIn(fragments: readonly LastingFragment[], wallMs: number): number | undefined {
  const isInside = ({ programDateTime, duration }: LastingFragment) =>
    programDateTime !== null && wallMs >= programDateTime && wallMs < programDateTime + duration * 1000;
  const fragment = fragments.findLast(isInside);
  if (fragment?.programDateTime === undefined || fragment.programDateTime === null) return undefined;
  return fragment.start + (wallMs - fragment.programDateTime) / 1000;
}

/** The small pictures are beside the media playlist of a session, whose path has the token or an empty one. */
export function spriteUrlOf(playlistUrl: string): string | undefined {
  const { origin, pathname, search } = new URL(playlistUrl);
  const folder = /^.*\/~[^/]*\//.exec(pathname)?.[0];
  if (folder === undefined) return undefined;
  const token = new URLSearchParams(search).get('hw_token');
  return `${origin}${folder}sprite.vtt${token === null ? '' : `?hw_token=${encodeURIComponent(token)}`}`;
}
