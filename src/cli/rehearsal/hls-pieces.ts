import type { MediaPlaylist, OpenSegment, PartialSegment } from '../../protocol/m3u8/index.ts';

/** A part, or a segment as a whole where `part` is undefined, that a player fetches. */
export type Piece = {
  readonly uri: string;
  readonly msn: number;
  readonly part: number | undefined;
  readonly durationMs: number;
  /** When its end was, by the server's clock; undefined where the playlist has no dates. */
  readonly endWallMs: number | undefined;
  readonly isIndependent: boolean;
};

/** Everything that the playlist lists, in its order: parts where it still has them, else segments. */
export function piecesOf(playlist: MediaPlaylist, isLowLatency: boolean): Piece[] {
  const first = playlist.mediaSequence + (playlist.skippedSegments ?? 0);
  const open: OpenSegment[] = playlist.openSegment === undefined ? [] : [playlist.openSegment];
  let wallMs: number | undefined;
  return [...playlist.segments, ...open].flatMap((segment, index) => {
    const msn = first + index;
    wallMs = segment.programDateTimeMs ?? wallMs;
    const parts = isLowLatency ? (segment.parts ?? []) : [];
    const whole = playlist.segments[index];
    const isPart = parts.length > 0;
    const listed: readonly PartialSegment[] = isPart ? parts : whole ? [{ ...whole, isIndependent: true }] : [];
    return listed.map(({ uri, durationSeconds, isIndependent = false }, number): Piece => {
      const durationMs = durationSeconds * 1000;
      wallMs = wallMs === undefined ? undefined : wallMs + durationMs;
      return { uri, msn, part: isPart ? number : undefined, durationMs, endWallMs: wallMs, isIndependent };
    });
  });
}

/** Where a player begins: at the last piece that begins a picture and has so much behind it, else at the first. */
export function firstPieces(pieces: readonly Piece[], holdBackMs: number): readonly Piece[] {
  let behindMs = 0;
  for (let index = pieces.length - 1; index > 0; index--) {
    const piece = pieces[index];
    behindMs += piece?.durationMs ?? 0;
    if (piece?.isIndependent && behindMs >= holdBackMs) return pieces.slice(index);
  }
  return pieces;
}

/** What comes after a piece. */
export function piecesAfter(pieces: readonly Piece[], last: Pick<Piece, 'msn' | 'part'>): readonly Piece[] {
  const { msn, part = Number.POSITIVE_INFINITY } = last;
  return pieces.filter((piece) => piece.msn > msn || (piece.msn === msn && (piece.part ?? -1) > part));
}

/** How far behind the end a player begins, as the playlist wants it. */
export function holdBackMs({ serverControl, targetDurationSeconds }: MediaPlaylist, isLowLatency: boolean): number {
  const seconds = isLowLatency ? serverControl?.partHoldBackSeconds : serverControl?.holdBackSeconds;
  return (seconds ?? 3 * targetDurationSeconds) * 1000;
}

/** The arguments that wait for what comes after a piece (_HLS_msn, _HLS_part). */
export function reloadArguments({ msn, part }: Pick<Piece, 'msn' | 'part'>): string {
  return part === undefined ? `_HLS_msn=${msn + 1}&_HLS_part=0` : `_HLS_msn=${msn}&_HLS_part=${part + 1}`;
}
