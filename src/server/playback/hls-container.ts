import type { TrackSet } from '../../live/index.ts';
import type { HlsContainer } from '../../packager/index.ts';

/** VLC 3 reads the first EXT-X-MAP only, so that after a discontinuity fragmented MP4 ends for it. */
const READS_ONE_MAP = /\bVLC\/[1-3]\./;
const TS_VIDEO = ['h264', 'h265'];
const TS_AUDIO = ['aac', 'mp3'];
const TS_CODECS = /^(avc[13]|hvc1|hev1|mp4a)\./;

/** Whether MPEG-TS can carry all of the codecs (RFC 6381). */
export function fitsTs(codecs: readonly string[]): boolean {
  return codecs.every((name) => TS_CODECS.test(name));
}

/** What a viewer gets: as its URL asks (`container=`), else what its player can read, else as the rule says. */
export function hlsContainerFor(viewer: {
  readonly query: string;
  readonly userAgent: string | undefined;
  readonly tracks: TrackSet;
  readonly ruled: HlsContainer;
}): HlsContainer {
  const asked = new URLSearchParams(viewer.query).get('container');
  if (asked === 'ts' || asked === 'fmp4') return asked;
  const { video, audio } = viewer.tracks;
  const isForTs = (!video || TS_VIDEO.includes(video.codec)) && (!audio || TS_AUDIO.includes(audio.codec));
  return isForTs && READS_ONE_MAP.test(viewer.userAgent ?? '') ? 'ts' : viewer.ruled;
}
