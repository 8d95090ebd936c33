import { posix } from 'node:path';
import { renderMultivariantPlaylist } from '../../protocol/m3u8/index.ts';

/** A rendition as the playlist of all lists it. */
export type ListedRendition = {
  readonly object: string;
  readonly bitsPerSecond: number;
  readonly peakBitsPerSecond: number;
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  readonly codecs?: string;
};

/** The playlist that leads to all renditions, the lowest first: players begin there and go up. */
export function masterPlaylist(object: string, renditions: readonly ListedRendition[]): string {
  const folder = posix.dirname(object);
  const variants = renditions
    .toSorted((a, b) => a.bitsPerSecond - b.bitsPerSecond)
    .map(({ object: rendition, bitsPerSecond, peakBitsPerSecond, width, height, fps, codecs }) => ({
      uri: posix.relative(folder, rendition).split('/').map(encodeURIComponent).join('/'),
      bandwidth: Math.max(Math.ceil(bitsPerSecond), Math.ceil(peakBitsPerSecond)),
      averageBandwidth: Math.ceil(bitsPerSecond),
      ...(width && height ? { resolution: { width, height } } : {}),
      ...(fps ? { frameRate: fps } : {}),
      ...(codecs === undefined ? {} : { codecs: codecs.split(',') }),
    }));
  return renderMultivariantPlaylist({ version: 6, hasIndependentSegments: true, variants });
}
