import { Fields, refused } from './fields.ts';
import { parseAudio } from './parse-audio.ts';
import { parseVideo } from './parse-video.ts';
import { audioCodecOf, type Container, HOLDS, type TranscodeTemplate, TS_HOLDS, videoCodecOf } from './template.ts';

const FORMATS: Readonly<Record<string, Container>> = {
  ...{ mp4: 'mp4', m3u8: 'm3u8', hls: 'm3u8', mpd: 'mpd', dash: 'mpd', flv: 'flv', ts: 'ts', 'mpeg-ts': 'ts' },
  ...{ avi: 'avi', mov: 'mov', mkv: 'mkv', webm: 'webm', gif: 'gif', webp: 'webp', mp3: 'mp3', m4a: 'm4a' },
  ...{ aac: 'm4a', ogg: 'ogg', flac: 'flac', wav: 'wav' },
};

/**
 * Reads a template as MPS has it: Container, Video, Audio, MuxConfig and TransConfig, each an object or its JSON, all
 * values texts. Throws TEMPLATE_INVALID, which names the field, for what FFmpeg here cannot do.
 */
export function parseTemplate(json: unknown): TranscodeTemplate {
  const fields = new Fields('', json);
  const container = parseContainer(fields.part('Container'));
  if (container === undefined) {
    throw refused('Container.Format', 'is missing', `Name one of ${Object.keys(FORMATS).join(', ')}.`);
  }
  return checked({ ...partsOf(fields), container });
}

/** A template with some of its fields replaced, in the same form; only what is given is. */
export function overrideTemplate(template: TranscodeTemplate, json: unknown): TranscodeTemplate {
  const fields = new Fields('', json);
  const container = parseContainer(fields.part('Container')) ?? template.container;
  const { video, audio, ...rest } = partsOf(fields);
  return checked({
    ...{ ...template, ...rest, container },
    video: { ...template.video, ...video },
    audio: { ...template.audio, ...audio },
    ...(template.less || rest.less ? { less: { ...template.less, ...rest.less } } : {}),
  });
}

function partsOf(fields: Fields): Omit<TranscodeTemplate, 'container'> {
  for (const label of ['Id', 'Name', 'State', 'CreationTime']) fields.raw(label);
  const video = fields.part('Video');
  const audio = fields.part('Audio');
  const mux = fields.part('MuxConfig');
  const trans = fields.part('TransConfig');
  fields.end();
  return {
    video: video ? parseVideo(video) : {},
    audio: audio ? parseAudio(audio) : {},
    ...(mux ? parseMux(mux) : {}),
    ...(trans ? parseTrans(trans) : {}),
  };
}

function parseContainer(fields: Fields | undefined): Container | undefined {
  if (!fields) return undefined;
  const format = fields.choice('Format', FORMATS);
  fields.end();
  return format;
}

function parseMux(fields: Fields): Pick<TranscodeTemplate, 'segmentSeconds' | 'segmentType' | 'gif' | 'webpLoop'> {
  const segment = fields.part('Segment');
  const gif = fields.part('Gif');
  const webp = fields.part('Webp');
  fields.end();
  const segmentSeconds = segment?.number('Duration', { min: 1, max: 60 });
  const segmentType = segment?.choice('Format', { ts: 'ts', fmp4: 'fmp4' } as const);
  segment?.end();
  const webpLoop = webp?.whole('Loop', 0, 65_535);
  webp?.end();
  return {
    ...(segmentSeconds === undefined ? {} : { segmentSeconds }),
    ...(segmentType === undefined ? {} : { segmentType }),
    ...(gif ? { gif: parseGif(gif) } : {}),
    ...(webpLoop === undefined ? {} : { webpLoop }),
  };
}

export const DITHERS = ['bayer', 'heckbert', 'floyd_steinberg', 'sierra2', 'sierra2_4a', 'none'] as const;

function parseGif(fields: Fields): NonNullable<TranscodeTemplate['gif']> {
  const loop = fields.whole('Loop', 0, 65_535);
  const finalDelay = fields.whole('FinalDelay', 0, 65_535);
  const dither = fields.choice('DitherMode', Object.fromEntries(DITHERS.map((name) => [name, name])));
  const hasPalette = fields.flag('IsCustomPalette');
  fields.end();
  return {
    ...(loop === undefined ? {} : { loop }),
    ...(finalDelay === undefined ? {} : { finalDelay }),
    ...(dither === undefined ? {} : { dither }),
    ...(hasPalette === undefined ? {} : { hasPalette }),
  };
}

function parseTrans(fields: Fields): Pick<TranscodeTemplate, 'mode' | 'adjust' | 'less'> {
  const mode = fields.choice('TransMode', { onepass: 'onepass', twopass: 'twopass', CBR: 'cbr' } as const);
  const adjusts = { rescale: 'rescale', crop: 'crop', pad: 'pad', none: 'none' } as const;
  const adjust = fields.choice<NonNullable<TranscodeTemplate['adjust']>>('AdjDarMethod', adjusts);
  const size = lessOf(fields, 'IsCheckReso');
  const videoBitrate = lessOf(fields, 'IsCheckVideoBitrate');
  const audioBitrate = lessOf(fields, 'IsCheckAudioBitrate');
  fields.end();
  const less = {
    ...(size ? { size } : {}),
    ...(videoBitrate ? { videoBitrate } : {}),
    ...(audioBitrate ? { audioBitrate } : {}),
  };
  return {
    ...(mode ? { mode } : {}),
    ...(adjust ? { adjust } : {}),
    ...(Object.keys(less).length > 0 ? { less } : {}),
  };
}

/** The one to fail wins. */
function lessOf(fields: Fields, name: string): 'keep' | 'fail' | undefined {
  const [keeps, fails] = [fields.flag(name), fields.flag(`${name}Fail`)];
  if (fails) return 'fail';
  return keeps ? 'keep' : undefined;
}

/** What each field allows by itself may not go together. */
function checked(template: TranscodeTemplate): TranscodeTemplate {
  const { container, segmentType, video, audio, mode } = template;
  const holds = container === 'm3u8' && segmentType !== 'fmp4' ? TS_HOLDS : HOLDS[container];
  const [picture, sound] = [videoCodecOf(template), audioCodecOf(template)];
  if (!video.isRemoved && video.codec && picture && HOLDS[container].video.length > 0) {
    checkHeld('Video.Codec', picture, holds.video, container);
  }
  if (!audio.isRemoved && audio.codec && sound && HOLDS[container].audio.length > 0) {
    checkHeld('Audio.Codec', sound, holds.audio, container);
  }
  if (sound === 'mp3' && (audio.sampleRate ?? 0) > 48_000) {
    throw refused('Audio.Samplerate', 'of MP3 is at most 48000', 'Use 48000 or 44100.');
  }
  if (sound === 'mp3' && (audio.channels ?? 0) > 2) throw refused('Audio.Channels', 'of MP3 are at most 2', 'Use 2.');
  if (
    sound === 'opus' &&
    audio.sampleRate !== undefined &&
    ![8000, 12_000, 16_000, 24_000, 48_000].includes(audio.sampleRate)
  ) {
    throw refused('Audio.Samplerate', 'of Opus is 8000, 12000, 16000, 24000 or 48000', 'Use 48000.');
  }
  if (mode !== undefined && mode !== 'onepass' && video.bitrateKbps === undefined) {
    throw refused('TransConfig.TransMode', `${mode} needs a bitrate`, 'Say Video.Bitrate.');
  }
  if (mode !== undefined && mode !== 'onepass' && video.crf !== undefined) {
    throw refused('Video.Crf', `does not go with TransMode ${mode}`, 'Leave out the one or the other.');
  }
  return template;
}

function checkHeld(field: string, codec: string, holds: readonly string[], container: Container): void {
  if (holds.includes(codec)) return;
  throw refused(
    field,
    `${codec} does not go into ${container}`,
    `Use one of ${holds.join(', ')}, or another container.`,
  );
}
