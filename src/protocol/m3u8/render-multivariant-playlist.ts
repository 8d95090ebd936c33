import { AttributeListWriter } from './attribute-list.ts';
import { formatSeconds } from './decimal.ts';
import type { MediaRendition, MultivariantPlaylist, Variant } from './multivariant-playlist.ts';
import { uriLine } from './uri-line.ts';

/** Prints a multivariant playlist; throws RangeError for a value that no tag can hold, such as a URI with a line break. */
export function renderMultivariantPlaylist(playlist: MultivariantPlaylist): string {
  const lines = ['#EXTM3U', `#EXT-X-VERSION:${playlist.version ?? 3}`];
  if (playlist.hasIndependentSegments) lines.push('#EXT-X-INDEPENDENT-SEGMENTS');
  for (const rendition of playlist.renditions ?? []) lines.push(mediaTag(rendition));
  for (const variant of playlist.variants) lines.push(streamInfTag(variant), uriLine(variant.uri));
  lines.push('');
  return lines.join('\n');
}

function mediaTag(rendition: MediaRendition): string {
  const list = new AttributeListWriter()
    .plain('TYPE', rendition.type)
    .quoted('GROUP-ID', rendition.groupId)
    .quoted('NAME', rendition.name)
    .quoted('LANGUAGE', rendition.language)
    .yes('DEFAULT', rendition.isDefault)
    .yes('AUTOSELECT', rendition.isAutoselect)
    .quoted('CHANNELS', rendition.channels)
    .quoted('URI', rendition.uri);
  return `#EXT-X-MEDIA:${list}`;
}

function streamInfTag(variant: Variant): string {
  const { resolution, frameRate } = variant;
  const list = new AttributeListWriter()
    .decimal('BANDWIDTH', variant.bandwidth)
    .decimal('AVERAGE-BANDWIDTH', variant.averageBandwidth)
    .decimal('SCORE', variant.score)
    .quoted('STABLE-VARIANT-ID', variant.stableId)
    .quoted('CODECS', variant.codecs?.join(','))
    .plain('RESOLUTION', resolution && `${resolution.width}x${resolution.height}`)
    .plain('FRAME-RATE', frameRate === undefined ? undefined : formatFrameRate(frameRate))
    .quoted('AUDIO', variant.audio)
    .quoted('VIDEO', variant.video)
    .quoted('SUBTITLES', variant.subtitles)
    .plain('CLOSED-CAPTIONS', variant.hasNoCaptions ? 'NONE' : undefined);
  return `#EXT-X-STREAM-INF:${list}`;
}

/** Three decimals, as RFC 8216, 4.3.4.2 asks of FRAME-RATE. */
function formatFrameRate(frameRate: number): string {
  return formatSeconds(Math.round(frameRate * 1000) / 1000);
}
