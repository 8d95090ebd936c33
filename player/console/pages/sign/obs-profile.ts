import { zipSync } from 'fflate';
import type { PushParts } from './push-parts.ts';

/** A picture that a profile encodes, with the bitrate that it needs. */
export type ObsPicture = {
  readonly id: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly bitrateKbps: number;
};

export const OBS_PICTURES: readonly ObsPicture[] = [
  { id: '1080p60', width: 1920, height: 1080, fps: 60, bitrateKbps: 6000 },
  { id: '1080p30', width: 1920, height: 1080, fps: 30, bitrateKbps: 4500 },
  { id: '720p30', width: 1280, height: 720, fps: 30, bitrateKbps: 2500 },
  { id: '480p30', width: 852, height: 480, fps: 30, bitrateKbps: 1200 },
];

/** Two seconds are a segment: viewers join at a key frame. */
const KEY_FRAME_SECONDS = 2;
const AUDIO_KBPS = 160;

/** The files of an OBS profile in a folder of its name, as “Profile, Import” takes it, in a zip. */
export function obsProfileZip(name: string, push: PushParts, picture: ObsPicture): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder();
  const files = obsProfile(name, push, picture);
  const folder = folderOf(name);
  return zipSync(
    Object.fromEntries(Object.entries(files).map(([file, content]) => [`${folder}/${file}`, text.encode(content)])),
  );
}

/** By file name. OBS keeps the encoder's settings, such as the key-frame interval, in the advanced mode only. */
export function obsProfile(name: string, { server, streamKey }: PushParts, picture: ObsPicture) {
  const { width, height, fps, bitrateKbps } = picture;
  return {
    'basic.ini': ini({
      General: { Name: folderOf(name) },
      Output: { Mode: 'Advanced', Reconnect: true, RetryDelay: 2, MaxRetries: 100 },
      AdvOut: {
        ...{ TrackIndex: 1, Encoder: 'obs_x264', AudioEncoder: 'ffmpeg_aac', ApplyServiceSettings: false },
        Track1Bitrate: AUDIO_KBPS,
      },
      Video: {
        ...{ BaseCX: width, BaseCY: height, OutputCX: width, OutputCY: height },
        ...{ FPSType: 0, FPSCommon: fps },
      },
      Audio: { SampleRate: 48_000, ChannelSetup: 'Stereo' },
    }),
    'service.json': json({ type: 'rtmp_custom', settings: { server, key: streamKey, use_auth: false, bwtest: false } }),
    'streamEncoder.json': json({
      ...{ rate_control: 'CBR', bitrate: bitrateKbps, keyint_sec: KEY_FRAME_SECONDS },
      ...{ preset: 'veryfast', profile: 'high', tune: 'zerolatency' },
    }),
  };
}

/** What every file system takes, and OBS for a profile's name. */
export function folderOf(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9_-]+/g, '-').replaceAll(/^-+|-+$/g, '') || 'Headwater';
}

function ini(sections: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>): string {
  return Object.entries(sections)
    .map(([section, values]) => {
      const lines = Object.entries(values).map(([key, value]) => `${key}=${value}`);
      return [`[${section}]`, ...lines, ''].join('\n');
    })
    .join('\n');
}

function json(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}
