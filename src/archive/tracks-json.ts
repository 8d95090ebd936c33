import { z } from 'zod';
import type { TrackSet } from '../live/index.ts';

const config = z.base64().transform((text) => new Uint8Array(Buffer.from(text, 'base64')));
const video = z.object({
  kind: z.literal('video'),
  codec: z.enum(['h264', 'h265', 'av1', 'vp9']),
  config,
  codecString: z.string(),
  width: z.int(),
  height: z.int(),
  frameRate: z.number().optional(),
  timescale: z.int().positive(),
});
const audio = z.object({
  kind: z.literal('audio'),
  codec: z.enum(['aac', 'opus', 'flac', 'mp3']),
  config,
  codecString: z.string(),
  sampleRate: z.int().positive(),
  channels: z.int().positive(),
  timescale: z.int().positive(),
});
const tracks = z.object({ video: video.optional(), audio: audio.optional() });

/** Tracks as they stand in slices and indexes: plain JSON, decoder configurations in base64. */
export function tracksToJson(set: TrackSet): unknown {
  const plain = (track: TrackSet['video'] | TrackSet['audio']) =>
    track && { ...track, config: Buffer.from(track.config).toString('base64') };
  return { video: plain(set.video), audio: plain(set.audio) };
}

/** Throws where the JSON is none of ours. */
export function tracksFromJson(json: unknown): TrackSet {
  const { video: v, audio: a } = tracks.parse(json);
  const { frameRate, ...rest } = v ?? {};
  return {
    ...(v
      ? { video: { ...(rest as Omit<typeof v, 'frameRate'>), ...(frameRate === undefined ? {} : { frameRate }) } }
      : {}),
    ...(a ? { audio: a } : {}),
  };
}
