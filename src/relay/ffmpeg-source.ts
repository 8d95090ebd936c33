import { lookup } from 'node:dns';
import { isIP } from 'node:net';
import { ForbiddenAddressError, guardedLookup, mayConnect } from '../notify/index.ts';
import type { GuardedProxy } from './guarded-proxy.ts';
import { Mp4Media, UnfitTrackError } from './mp4-media.ts';
import { wordsOf } from './rtmp-link.ts';
import type { Source, SourceListener } from './source.ts';

/** A run of FFmpeg, as far as it matters here. */
export type RunningFfmpeg = { readonly pid: number | undefined; kill(): void };

export type RunFfmpeg = (run: {
  readonly args: readonly string[];
  readonly outputs: 1;
  readonly onOutput: (index: number, bytes: Uint8Array) => void;
  readonly onProgress: () => void;
  readonly onExit: (exit: { readonly reason: string }) => void;
}) => RunningFfmpeg;

export type FfmpegSourceOptions = {
  readonly run: RunFfmpeg;
  /** What HTTP goes through. */
  readonly proxy: () => Promise<GuardedProxy>;
  /** What had to be encoded anew of a source before, by its URL. */
  readonly encoded: Map<string, Encoded>;
  /** The processes that run are others than before. */
  readonly onProcess: (process: RunningFfmpeg, isRunning: boolean) => void;
};

export type Encoded = { readonly audio: boolean; readonly video: boolean };

const UNFIT_SAID = /Could not find tag for codec (\w+)/;
const VIDEO_CODECS = /^(h26\d|hevc|vp\d|av1|mpeg[124]\w*|mjpeg|theora|wmv\d|prores|dnxhd|rawvideo|flv1|svq\d|vc1)/;

/** Reads what only FFmpeg can read: HLS, RTSP, SRT. Media are copied; what a stream cannot carry is encoded anew. */
export function ffmpegSource(url: string, options: FfmpegSourceOptions, listener: SourceListener): Source {
  let running: RunningFfmpeg | undefined;
  let isOver = false;
  const close = () => {
    isOver = true;
    running?.kill();
  };
  const closed = (reason: string) => {
    if (isOver) return;
    close();
    listener.onClosed(reason);
  };
  const begin = async (encoded: Encoded) => {
    const input = await inputOf(url, options);
    if (isOver) return;
    const media = new Mp4Media();
    let unfit: 'audio' | 'video' | undefined;
    const again = (kind: 'audio' | 'video') => {
      if (encoded[kind]) return closed(`its ${kind} cannot be encoded anew`);
      const more = { ...encoded, [kind]: true };
      options.encoded.set(url, more);
      begin(more).catch((error) => closed(wordsOf(error)));
    };
    const process = options.run({
      args: argumentsOf(input, encoded),
      outputs: 1,
      onProgress: () => {},
      onOutput(_index, bytes) {
        if (isOver || unfit) return;
        try {
          for (const each of media.push(bytes)) listener.onMedia(each);
        } catch (error) {
          if (error instanceof UnfitTrackError) unfit = error.kind;
          else closed(wordsOf(error));
          process.kill();
        }
      },
      onExit({ reason }) {
        options.onProcess(process, false);
        if (running === process) running = undefined;
        const said = UNFIT_SAID.exec(reason)?.[1];
        const kind = unfit ?? (said === undefined ? undefined : VIDEO_CODECS.test(said) ? 'video' : 'audio');
        if (isOver) return;
        if (kind) again(kind);
        else closed(withoutAddress(reason, url));
      },
    });
    running = process;
    options.onProcess(process, true);
  };
  begin(options.encoded.get(url) ?? { audio: false, video: false }).catch((error) => closed(wordsOf(error)));
  return { by: 'ffmpeg', address: '', close };
}

/** How FFmpeg gets at it, so that what it connects to has been looked at before. */
async function inputOf(url: string, { proxy }: FfmpegSourceOptions): Promise<string[]> {
  const { protocol } = new URL(url);
  if (protocol === 'http:' || protocol === 'https:') {
    const { port } = await proxy();
    const protocols = 'http,https,tls,tcp,httpproxy,crypto,hls';
    // As fast as it is played: a playlist has several seconds ready.
    return ['-re', '-protocol_whitelist', protocols, '-http_proxy', `http://127.0.0.1:${port}`, '-i', url];
  }
  const input = await withAddress(url);
  if (protocol === 'srt:') return ['-protocol_whitelist', 'srt', '-f', 'mpegts', '-i', input];
  // Cameras that know TCP are asked by it; some know UDP only.
  return ['-protocol_whitelist', 'rtsp,rtsps,tcp,tls,rtp,udp', '-rtsp_flags', 'prefer_tcp', '-i', input];
}

/** Its host name as the address that was looked at: a name can lead elsewhere the next time. */
async function withAddress(text: string): Promise<string> {
  const url = new URL(text);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const address = isIP(host) === 0 ? await resolved(host) : host;
  if (!mayConnect('administrator', address)) throw new ForbiddenAddressError('forbidden');
  const at = text.indexOf(url.hostname, text.indexOf('://') + 3 + credentialsLength(text));
  if (isIP(host) !== 0 || at < 0) return text;
  const literal = isIP(address) === 6 ? `[${address}]` : address;
  return text.slice(0, at) + literal + text.slice(at + url.hostname.length);
}

function credentialsLength(text: string): number {
  const [authority = ''] = text.slice(text.indexOf('://') + 3).split('/', 1);
  return authority.lastIndexOf('@') + 1;
}

function resolved(host: string): Promise<string> {
  return new Promise((resolve, reject) => {
    guardedLookup('administrator', lookup)(host, {}, (error, address) => {
      if (error) reject(error);
      else resolve(typeof address === 'string' ? address : (address[0]?.address ?? ''));
    });
  });
}

function argumentsOf(input: readonly string[], { audio, video }: Encoded): string[] {
  const h264 = ['libx264', '-preset:v', 'veryfast', '-tune:v', 'zerolatency', '-g:v', '60', '-pix_fmt', 'yuv420p'];
  return [
    ...['-hide_banner', '-nostdin', '-nostats', '-loglevel', 'error', '-stats_period', '1', '-progress', 'pipe:1'],
    ...['-analyzeduration', '2000000', ...input, '-map', '0:v:0?', '-map', '0:a:0?', '-dn', '-sn'],
    ...['-c:v', ...(video ? h264 : ['copy']), '-c:a', ...(audio ? ['aac', '-b:a', '128k'] : ['copy'])],
    ...['-max_interleave_delta', '500000', '-flush_packets', '1', '-use_editlist', '0'],
    ...['-movflags', 'frag_every_frame+empty_moov+default_base_moof+frag_discont+delay_moov'],
    ...['-video_track_timescale', '1000', '-f', 'mp4', 'pipe:3'],
  ];
}

/** FFmpeg names what it reads, and that may carry a key. */
function withoutAddress(reason: string, url: string): string {
  return reason
    .replaceAll(url, 'the source')
    .replace(/\[\w+ @ 0x[0-9a-f]+\] /g, '')
    .replace(/\b[a-z]+:\/\/[^\s'"]+/gi, 'the source')
    .slice(0, 300);
}
