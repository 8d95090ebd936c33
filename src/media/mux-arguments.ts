import { DEFAULT_SEGMENT_SECONDS, type TranscodeTemplate } from './template/index.ts';

const FORMATS = {
  ...{ mp4: 'mp4', mov: 'mov', flv: 'flv', ts: 'mpegts', avi: 'avi', mkv: 'matroska', webm: 'webm' },
  ...{ gif: 'gif', webp: 'webp', mp3: 'mp3', m4a: 'ipod', ogg: 'ogg', flac: 'flac', wav: 'wav' },
} as const;

/** Names within the folder of one output. `name` has no extension, and no `%`. */
export type MuxNames = { readonly name: string; readonly keyInfoFile?: string | undefined };

/** How a file is written, ending with its name; lists of segments are written beside their segments. */
export function muxArguments(template: TranscodeTemplate, { name, keyInfoFile }: MuxNames): string[] {
  const { container, segmentSeconds = DEFAULT_SEGMENT_SECONDS, gif } = template;
  switch (container) {
    case 'm3u8':
      return [
        ...['-f', 'hls', '-hls_time', String(segmentSeconds), '-hls_playlist_type', 'vod', '-hls_list_size', '0'],
        ...['-start_number', '1', '-hls_flags', 'independent_segments', ...segmentNames(template, name)],
        ...(keyInfoFile === undefined ? [] : ['-hls_key_info_file', keyInfoFile]),
        `${name}.m3u8`,
      ];
    case 'mpd':
      return [
        ...['-f', 'dash', '-seg_duration', String(segmentSeconds), '-use_template', '1', '-use_timeline', '1'],
        ...['-init_seg_name', `${name}-init-$RepresentationID$.m4s`],
        ...['-media_seg_name', `${name}-$RepresentationID$-$Number%05d$.m4s`, `${name}.mpd`],
      ];
    case 'mp4':
    case 'mov':
    case 'm4a':
      return ['-movflags', '+faststart', '-f', FORMATS[container], `${name}.${container}`];
    case 'gif':
      return [
        ...(gif?.loop === undefined ? [] : ['-loop', String(gif.loop)]),
        ...(gif?.finalDelay === undefined ? [] : ['-final_delay', String(gif.finalDelay)]),
        ...['-f', 'gif', `${name}.gif`],
      ];
    default:
      return ['-f', FORMATS[container], `${name}.${container}`];
  }
}

function segmentNames({ segmentType = 'ts' }: TranscodeTemplate, name: string): string[] {
  if (segmentType === 'ts') return ['-hls_segment_filename', `${name}-%05d.ts`];
  const init = ['-hls_fmp4_init_filename', `${name}-init.mp4`];
  return ['-hls_segment_type', 'fmp4', ...init, '-hls_segment_filename', `${name}-%05d.m4s`];
}
