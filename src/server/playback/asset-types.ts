const TYPES: Readonly<Record<string, string>> = {
  ...{ m3u8: 'application/vnd.apple.mpegurl', mpd: 'application/dash+xml', vtt: 'text/vtt; charset=utf-8' },
  ...{ mp4: 'video/mp4', m4v: 'video/mp4', m4s: 'video/mp4', cmfv: 'video/mp4', mov: 'video/quicktime' },
  ...{ m4a: 'audio/mp4', cmfa: 'audio/mp4', aac: 'audio/aac', mp3: 'audio/mpeg', ogg: 'audio/ogg', wav: 'audio/wav' },
  ...{ flac: 'audio/flac', ts: 'video/mp2t', webm: 'video/webm', flv: 'video/x-flv', mkv: 'video/x-matroska' },
  ...{ jpg: 'image/jpeg', jpeg: 'image/jpeg', png: 'image/png', webp: 'image/webp', gif: 'image/gif' },
};

/** By the end of a name. What a browser could run as a page is never called one. */
export function mediaTypeOf(name: string): string {
  return TYPES[name.slice(name.lastIndexOf('.') + 1).toLowerCase()] ?? 'application/octet-stream';
}
