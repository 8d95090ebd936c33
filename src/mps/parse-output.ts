import type {
  ClipRange,
  Encryption,
  MediaWatermark,
  MergePart,
  SubtitleSource,
  TranscodeTask,
} from '../media/index.ts';
import { Fields, refused } from '../media/index.ts';
import { secondsOf } from './parse-time.ts';
import { parseWatermark, type WatermarkPlace } from './parse-watermark.ts';
import { addressedOf, inputOf, objectOf } from './places.ts';

/** What of an output does not stand in itself. */
export type OutputContext = {
  /** Where a watermark template puts its image; throws where there is no such template. */
  readonly watermarkOf: (id: string) => WatermarkPlace;
  readonly isStorage: (name: string) => boolean;
};

/** One of the `Outputs` of SubmitJobs, in our words: plain JSON. */
export type MpsOutput = {
  readonly object: string;
  readonly templateId: string;
  /** 1 to 10. */
  readonly priority?: number;
  readonly userData?: string;
  readonly task: Omit<TranscodeTask, 'input' | 'template' | 'output'>;
};

const OVERRIDES = ['Container', 'Video', 'Audio', 'TransConfig', 'MuxConfig'] as const;
const MOST_USER_DATA_BYTES = 1024;

/** What nobody here can do, each with what helps instead. */
const REFUSED: readonly (readonly [field: string, remedy: string])[] = [
  ['OpeningList', 'Put the opening first in MergeList.'],
  ['TailSlateList', 'Put the ending into MergeList.'],
  ['DeWatermark', 'Crop or cover the mark in an editor.'],
  ['Amix', 'Mix the sound before it is submitted.'],
  ['AmixList', 'Mix the sound before it is submitted.'],
  ['SuperReso', 'Choose a size that the source has.'],
  ['DigiWaterMark', 'Use a watermark that is seen.'],
  ['MergeConfigUrl', 'Write the list itself into MergeList.'],
  ['WaterMarkConfigUrl', 'Write the list itself into WaterMarks.'],
  ['VideoStreamMap', 'The best picture is taken.'],
  ['M3U8NonStandardSupport', 'Leave it out: a playlist has no sums of its segments.'],
  ['ExtendData', 'Write it into UserData, which is told back.'],
];

/** Reads one of `Outputs`, an object. Throws TEMPLATE_INVALID, which names the field. */
export function parseOutput(fields: Fields, context: OutputContext): MpsOutput {
  for (const [field, remedy] of REFUSED) fields.refuse(field, 'is not done here', remedy);
  const templateId = fields.text('TemplateId');
  if (templateId === undefined) throw refused(fields.name('TemplateId'), 'is missing', 'Name a template or a preset.');
  const priority = fields.whole('Priority', 1, 10);
  const userData = fields.text('UserData');
  if (Buffer.byteLength(userData ?? '') > MOST_USER_DATA_BYTES) {
    throw refused(fields.name('UserData'), `has more than ${MOST_USER_DATA_BYTES} bytes`, 'Shorten it.');
  }
  const output = {
    ...{ object: objectOf(fields, 'OutputObject'), templateId },
    ...(priority !== undefined && { priority }),
    ...(userData !== undefined && { userData }),
    task: taskOf(fields, context),
  };
  fields.end();
  return output;
}

function taskOf(fields: Fields, context: OutputContext): MpsOutput['task'] {
  const overrides = Object.fromEntries(
    OVERRIDES.flatMap((name) => (fields.has(name) ? [[name, fields.raw(name)]] : [])),
  );
  const clip = clipOf(fields.part('Clip'));
  const rotate = fields.number('Rotate', { min: 0, max: 359.999 });
  const watermarks = watermarksOf(fields, context);
  const merge = mergeOf(fields, context);
  const encryption = encryptionOf(fields.part('Encryption'));
  const audioTrack = trackOf(fields);
  const burnedSubtitles = subtitlesOf(fields.part('SubtitleConfig'));
  return {
    ...(Object.keys(overrides).length > 0 && { overrides }),
    ...(clip && { clip }),
    ...(rotate && { rotate }),
    ...(merge.length > 0 && { merge }),
    ...(watermarks.length > 0 && { watermarks }),
    ...(burnedSubtitles && { burnedSubtitles }),
    ...(audioTrack !== undefined && { audioTrack }),
    ...(encryption && { encryption }),
    // As MPS: what has the name already goes.
    onCollision: 'overwrite',
  };
}

function clipOf(fields: Fields | undefined): ClipRange | undefined {
  if (!fields) return undefined;
  if (fields.flag('ConfigToClipFirstPart')) {
    throw refused(
      fields.name('ConfigToClipFirstPart'),
      'is not done here',
      'Give the first part as an input of its own.',
    );
  }
  const span = fields.part('TimeSpan');
  fields.end();
  if (!span) return undefined;
  const [seek, duration, end] = ['Seek', 'Duration', 'End'].map((name) => secondsOf(span, name));
  span.end();
  if (duration !== undefined && end !== undefined) {
    throw refused(span.name('End'), 'does not go with Duration', 'Leave out the one or the other.');
  }
  return {
    ...(seek !== undefined && { seekSeconds: seek }),
    ...(duration !== undefined && { durationSeconds: duration }),
    ...(end !== undefined && { cutTailSeconds: end }),
  };
}

function watermarksOf(fields: Fields, { watermarkOf }: OutputContext): MediaWatermark[] {
  const name = fields.has('WaterMarkList') ? 'WaterMarkList' : 'WaterMarks';
  return fields.list(name, 4).map((mark) => parseWatermark(mark, watermarkOf));
}

function mergeOf(fields: Fields, { isStorage }: OutputContext): MergePart[] {
  return fields.list('MergeList', 4).map((part) => {
    const url = part.text('MergeURL');
    if (url === undefined) throw refused(part.name('MergeURL'), 'is missing', 'Name what is appended.');
    part.raw('RoleArn');
    const [seek, duration] = [secondsOf(part, 'Start'), secondsOf(part, 'Duration')];
    part.end();
    return {
      place: addressedOf(url, isStorage),
      ...(seek !== undefined && { seekSeconds: seek }),
      ...(duration !== undefined && { durationSeconds: duration }),
    };
  });
}

function encryptionOf(fields: Fields | undefined): Encryption | undefined {
  if (!fields) return undefined;
  fields.choice('Type', { 'hls-aes-128': true });
  fields.choice('KeyType', { Base64: true });
  fields.refuse('SkipCnt', 'is not done here', 'All segments are encrypted.');
  fields.raw('Id');
  const [key, uri] = [fields.text('Key'), fields.text('KeyUri')];
  fields.end();
  const bytes = Buffer.from(key ?? '', 'base64');
  if (bytes.length !== 16) throw refused(fields.name('Key'), 'must be 16 bytes in base64', 'Make a new key.');
  const keyUri = Buffer.from(uri ?? '', 'base64').toString();
  if (!URL.canParse(keyUri)) throw refused(fields.name('KeyUri'), 'must be an address in base64', 'Correct it.');
  return { hexKey: bytes.toString('hex'), keyUri };
}

/** `0:a:1` is the second audio track of the input. */
function trackOf(fields: Fields): number | undefined {
  const text = fields.text('AudioStreamMap');
  if (text === undefined) return undefined;
  const track = /^0:a:(\d{1,3})$/.exec(text)?.[1];
  if (track !== undefined) return Number(track);
  throw refused(fields.name('AudioStreamMap'), 'must be as 0:a:0', 'Count audio tracks from 0.');
}

function subtitlesOf(fields: Fields | undefined): SubtitleSource | undefined {
  if (!fields) return undefined;
  const [external, more] = fields.list('ExtSubtitleList', 4);
  const [inner] = fields.list('SubtitleList', 4);
  fields.end();
  if (more) throw refused(more.path, 'is a second one', 'One text track can be drawn into the pictures.');
  if (external) {
    external.raw('FontName');
    external.raw('CharEnc');
    const file = external.part('Input');
    external.end();
    if (!file) throw refused(external.name('Input'), 'is missing', 'Name the file of the subtitles.');
    return { place: inputOf(file) };
  }
  const track = /^0:s:(\d{1,3})$/.exec(inner?.text('Map') ?? '')?.[1];
  inner?.end();
  return track === undefined ? undefined : { track: Number(track) };
}

/** Reads the list of `Outputs`, or its JSON. */
export function outputsOf(json: string): readonly Fields[] {
  const list = new Fields('', { Outputs: json }).list('Outputs', 30);
  if (list.length === 0) throw refused('Outputs', 'is empty', 'Name an output.');
  return list;
}
