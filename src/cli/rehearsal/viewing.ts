import { type MediaPlaylist, parseMediaPlaylist, parseMultivariantPlaylist } from '../../protocol/m3u8/index.ts';
import { type Connection, ViewingError } from './connection.ts';
import { FlvClock } from './flv-clock.ts';
import { firstPieces, holdBackMs, type Piece, piecesAfter, piecesOf, reloadArguments } from './hls-pieces.ts';

export const DOORS = ['flv', 'hls', 'llhls'] as const;

export type RehearsedDoor = (typeof DOORS)[number];

/** What comes of watching, as it comes. */
export type Viewing = {
  /** The first byte of media. */
  readonly began: () => void;
  /** Media is here whole; `endWallMs` is when its end was made, by the server's clock. */
  readonly media: (durationMs: number, endWallMs: number | undefined) => void;
};

export type HlsOptions = { readonly isLowLatency: boolean; readonly waitMs: (ms: number) => Promise<void> };

/** Watches by HTTP-FLV until the connection ends, which it does with an error only. */
export async function watchFlv(connection: Connection, path: string, { began, media }: Viewing): Promise<never> {
  const clock = new FlvClock();
  for await (const bytes of connection.get(path)) {
    const durationMs = clock.push(bytes);
    if (durationMs === 0 && clock.reachMs === 0) continue;
    began();
    media(durationMs, undefined);
  }
  throw new ViewingError('ENDED');
}

/** Watches by HLS, or LL-HLS where the playlist offers it, until the stream ends. */
export async function watchHls(
  connection: Connection,
  path: string,
  viewing: Viewing,
  { isLowLatency, waitMs }: HlsOptions,
): Promise<never> {
  const base = new URL(path, 'http://server');
  const { variants } = parseMultivariantPlaylist(await connection.text(path));
  const variant = variants.toSorted((a, b) => b.bandwidth - a.bandwidth)[0];
  if (variant === undefined) throw new ViewingError('NO_VARIANT');
  const address = new URL(variant.uri, base);
  let playlist = parsed(await connection.text(address.pathname + address.search));
  const hasParts =
    isLowLatency && playlist.serverControl?.canBlockReload === true && playlist.partTargetSeconds !== undefined;
  let due = firstPieces(piecesOf(playlist, hasParts), holdBackMs(playlist, hasParts));
  let last: Piece | undefined;
  for (;;) {
    for (const piece of due) {
      await fetchPiece(connection, new URL(piece.uri, address), piece, viewing);
      last = piece;
    }
    if (playlist.isEnded) throw new ViewingError('ENDED');
    if (!hasParts || last === undefined) await waitMs((playlist.targetDurationSeconds * 1000) / 2);
    const reload = new URLSearchParams(hasParts && last !== undefined ? reloadArguments(last) : '');
    const query = [address.search.slice(1), reload.toString()].filter((each) => each !== '').join('&');
    playlist = parsed(await connection.text(`${address.pathname}${query === '' ? '' : `?${query}`}`));
    const pieces = piecesOf(playlist, hasParts);
    due = last === undefined ? firstPieces(pieces, holdBackMs(playlist, hasParts)) : piecesAfter(pieces, last);
  }
}

async function fetchPiece(connection: Connection, { pathname, search }: URL, piece: Piece, viewing: Viewing) {
  for await (const _ of connection.get(pathname + search)) viewing.began();
  viewing.media(piece.durationMs, piece.endWallMs);
}

/** All viewers of a stream read the same text: it is parsed once. */
const recent = new Map<string, MediaPlaylist>();
const MAX_RECENT = 16;

function parsed(text: string): MediaPlaylist {
  const known = recent.get(text);
  if (known !== undefined) return known;
  const playlist = parseMediaPlaylist(text);
  recent.set(text, playlist);
  const [oldest] = recent.keys();
  if (recent.size > MAX_RECENT && oldest !== undefined) recent.delete(oldest);
  return playlist;
}
