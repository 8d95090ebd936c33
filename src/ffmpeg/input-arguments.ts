/** What FFmpeg may take a file for: containers that hold their media themselves. No lists of other files, no devices. */
const FORMATS = [
  ...[
    'mov',
    'matroska,webm',
    'mpegts',
    'mpeg',
    'flv',
    'live_flv',
    'avi',
    'asf',
    'mxf',
    'ogg',
    'rm',
    'dv',
    'ivf',
    'gif',
  ],
  ...['mp3', 'aac', 'flac', 'wav', 'w64', 'aiff', 'amr', 'ac3', 'eac3', 'dts', 'caf', 'au', 'ape', 'wv', 'tta', 'opus'],
  ...['h264', 'hevc', 'av1', 'obu', 'm4v', 'mpegvideo', 'mjpeg', 'yuv4mpegpipe', 'nut', 'wtv', 'swf'],
  ...['jpeg_pipe', 'png_pipe', 'webp_pipe', 'bmp_pipe', 'tiff_pipe', 'apng', 'webvtt', 'srt', 'ass'],
];
/** More than this has no film; FFmpeg itself stops at 1000. */
const MOST_TRACKS = 256;

export type InputKind = 'file' | 'playlist';

/** Arguments before `-i`: what may be opened, what it may be, and how much of it. */
export function inputArguments(kind: InputKind, pixels: number): readonly string[] {
  const formats = kind === 'playlist' ? [...FORMATS, 'hls'] : FORMATS;
  return [
    ...['-protocol_whitelist', kind === 'playlist' ? 'file,crypto,data' : 'file'],
    ...['-format_whitelist', formats.join(','), '-max_streams', String(MOST_TRACKS), '-max_pixels', String(pixels)],
  ];
}

/** A path as FFmpeg opens it: never taken for an option, a pattern or another protocol. */
export function fileUrl(path: string): string {
  return `file:${path}`;
}
