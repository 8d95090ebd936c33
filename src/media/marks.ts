import { audiosOf, videoOf } from '../ffmpeg/index.ts';
import { saidOf } from './measure.ts';
import type { MediaRun } from './task.ts';
import { inputOf, type KnownMedia, type Tools } from './tools.ts';

/** What counts as silence and as black. */
export type MarkSettings = {
  /** Quieter than this, in dB. */
  readonly silenceDb?: number;
  readonly silenceSeconds?: number;
  readonly blackSeconds?: number;
  /** A picture is black where so much of it is, 0 to 1. */
  readonly blackPart?: number;
};

export type Stretch = { readonly fromSeconds: number; readonly toSeconds: number };

export type Marks = { readonly silence: readonly Stretch[]; readonly black: readonly Stretch[] };

/** Where nothing is heard, and where nothing is seen. */
export async function marksOf(tools: Tools, media: KnownMedia, settings: MarkSettings, run: MediaRun): Promise<Marks> {
  const { silenceDb = -50, silenceSeconds = 2, blackSeconds = 1, blackPart = 0.98 } = settings;
  const [video, [audio]] = [videoOf(media.info), audiosOf(media.info)];
  // Where there is no sound yet, or none for a while, nothing is heard either.
  const heard = `aresample=async=1:first_pts=0,silencedetect=n=${silenceDb}dB:d=${silenceSeconds}`;
  const looks = [
    ...(video ? ['-map', `0:${video.index}`, '-vf', `blackdetect=d=${blackSeconds}:pic_th=${blackPart}`] : []),
    ...(audio ? ['-map', `0:${audio.index}`, '-af', heard] : []),
  ];
  if (looks.length === 0) return { silence: [], black: [] };
  const said = await saidOf(tools, run, [...inputOf(media, tools), ...looks, '-f', 'null', '-']);
  const end = media.info.durationSeconds ?? 0;
  return { silence: silences(said, end), black: blacks(said) };
}

/** A silence that lasts to the end has no end of its own in some versions of FFmpeg. */
function silences(said: string, endSeconds: number): Stretch[] {
  const found = [...said.matchAll(/silence_(start|end): (-?[\d.]+)/g)];
  return found.flatMap(([, kind, at], index) => {
    if (kind !== 'start') return [];
    const next = found[index + 1];
    const toSeconds = next?.[1] === 'end' ? Number(next[2]) : endSeconds;
    return [{ fromSeconds: Math.max(0, Number(at)), toSeconds }];
  });
}

function blacks(said: string): Stretch[] {
  return [...said.matchAll(/black_start:([\d.]+) black_end:([\d.]+)/g)].map(([, from, to]) => {
    return { fromSeconds: Number(from), toSeconds: Number(to) };
  });
}
