import { readdir, readFile } from 'node:fs/promises';
import { decodeVideoTag, type FlvTag } from '../../src/protocol/flv/index.ts';
import type { RulesInput } from '../../src/rules/index.ts';
import { type Headwater, type HeadwaterOptions, startHeadwater } from './headwater.ts';
import { NO_DATABASE, OPEN_DOMAIN } from './open-server.ts';
import { until } from './until.ts';

/** Templates that two cores make many of. */
export const SMALL_TEMPLATES: NonNullable<RulesInput['templates']> = [
  { name: 'small', video: { shortSide: 90, bitrateKbps: 80, preset: 'ultrafast' } },
  { name: 'slow', video: { shortSide: 72, bitrateKbps: 50, fps: 10, preset: 'ultrafast' } },
  { name: 'tiny', video: { shortSide: 64, bitrateKbps: 32, fps: 5, preset: 'ultrafast' }, audio: { codec: 'none' } },
];

/** A server that lets everyone in and transcodes the streams that match. */
export function transcodingServer(
  streams: NonNullable<RulesInput['streams']>,
  { env, ...options }: Omit<HeadwaterOptions, 'rules'> & { readonly templates?: RulesInput['templates'] } = {},
): Promise<Headwater> {
  const { templates = SMALL_TEMPLATES, ...rest } = options;
  return startHeadwater({
    rules: { domains: [OPEN_DOMAIN], streams, templates },
    env: { ...NO_DATABASE, ...env },
    ...rest,
  });
}

export type RenditionNow = {
  readonly template: string;
  readonly name?: string;
  readonly state: string;
  readonly reason?: string;
  readonly bitrateKbps?: number;
  readonly fps?: number;
};

export type Transcoding = {
  readonly encoder: string;
  readonly fallbackReason?: string;
  readonly restarts: number;
  readonly lastFailure?: string;
  readonly renditions: readonly RenditionNow[];
};

/** What the API says of a stream's renditions. */
export async function transcodingOf(server: Headwater, name: string): Promise<Transcoding | undefined> {
  type Streams = { streams: { name: string; transcoding?: Transcoding }[] };
  const { streams } = await server.api<Streams>('/streams');
  return streams.find((stream) => stream.name === name)?.transcoding;
}

/** Waits until a rendition is in a state, and gives what the API says of it. */
export function untilRendition(
  server: Headwater,
  name: string,
  template: string,
  state: string,
): Promise<RenditionNow> {
  return until(
    `${template} of ${name} is ${state}`,
    async () =>
      (await transcodingOf(server, name))?.renditions.find(
        (each) => each.template === template && each.state === state,
      ),
    40_000,
  );
}

/** Presentation times of pictures, in ms, as the tags come. */
export function pictureTimes(tags: readonly FlvTag[], onlyKeyFrames = false): number[] {
  return tags.flatMap((tag) => {
    const decoded = tag.type === 'video' ? decodeVideoTag(tag.payload) : undefined;
    if (decoded?.kind !== 'frame' || (onlyKeyFrames && !decoded.isKeyFrame)) return [];
    return [tag.timestampMs + decoded.compositionTimeMs];
  });
}

/** Every process of FFmpeg on the machine, zombies among them, with its parent. */
async function ffmpegs(): Promise<{ readonly pid: number; readonly parent: number }[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  return stats.flatMap((stat) => {
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return name === 'ffmpeg' ? [{ pid: Number.parseInt(stat, 10), parent: Number(parent) }] : [];
  });
}

/** The processes of FFmpeg that a server started and that have not ended. */
export async function ffmpegsOf(server: Headwater): Promise<number[]> {
  return (await ffmpegs()).filter(({ parent }) => parent === server.child.pid).map(({ pid }) => pid);
}

/** Which of the processes are still there. */
export async function stillThere(pids: readonly number[]): Promise<number[]> {
  return (await ffmpegs()).filter(({ pid }) => pids.includes(pid)).map(({ pid }) => pid);
}
