import { z } from 'zod';
import { NEEDS_STREAM, objectTemplate, STREAM_VARIABLES } from './object-template-schema.ts';

const FILE_VARIABLES = [...STREAM_VARIABLES, 'Sequence', 'StartTime', 'EndTime', 'EscapedStartTime', 'EscapedEndTime'];
const SLICE_VARIABLES = [...STREAM_VARIABLES, 'UnixTimestamp', 'Sequence'];

const fileName = objectTemplate({
  known: FILE_VARIABLES,
  needs: [
    NEEDS_STREAM,
    {
      pattern: /(?=.*\{(Escaped)?StartTime\})(?=.*\{(Escaped)?EndTime\})/,
      error: 'must have {StartTime} or {EscapedStartTime}, and {EndTime} or {EscapedEndTime}',
    },
    { pattern: /^(?!.*\.(m3u8|mp4|flv|ts|m4s)$)/, error: 'must be without an extension, which is added' },
  ],
});

const sliceName = objectTemplate({
  known: SLICE_VARIABLES,
  needs: [
    NEEDS_STREAM,
    { pattern: /(?=.*\{UnixTimestamp\})(?=.*\{Sequence\})/, error: 'must have {UnixTimestamp} and {Sequence}' },
    { pattern: /^(?!.*\.(ts|m4s|mp4)$)/, error: 'must be without an extension, which is added' },
  ],
});

/** Shorter files than the delay's least would be gone before anybody had asked for one. */
const cycleSeconds = (value: number) =>
  z
    .int()
    .min(15, { error: 'must be 15 to 21600 seconds' })
    .max(21_600, { error: 'must be 15 to 21600 seconds' })
    .default(value);

const noSlices = z.undefined({ error: 'is for m3u8 and cmaf, whose files are made of slices; remove it' }).optional();

const NAMES = { file: '{Sequence}_{EscapedStartTime}_{EscapedEndTime}', slice: '{UnixTimestamp}_{Sequence}' };

function sliced<F extends 'm3u8' | 'cmaf'>(format: F, folder: string) {
  return z.strictObject({
    format: z.literal(format),
    cycleSeconds: cycleSeconds(21_600).describe('A file is cut at the first segment boundary after so long'),
    object: fileName
      .default(`${folder}/${NAMES.file}`)
      .describe("The file's name with ApsaraVideo's variables; the extension is added"),
    sliceSeconds: z
      .int()
      .min(5, { error: 'must be 5 to 30 seconds' })
      .max(30, { error: 'must be 5 to 30 seconds' })
      .default(30)
      .describe('How long the objects are that the file lists'),
    sliceObject: sliceName.default(`${folder}/${NAMES.slice}`),
  });
}

function whole<F extends 'flv' | 'mp4'>(format: F, folder: string) {
  return z.strictObject({
    format: z.literal(format),
    cycleSeconds: cycleSeconds(3600),
    object: fileName.default(`${folder}/${NAMES.file}`),
    sliceSeconds: noSlices,
    sliceObject: noSlices,
  });
}

const FOLDER = 'record/{AppName}/{StreamName}';

/** One form in which recordings are written, with how and how long its files are. */
export const recordFormat = z.discriminatedUnion(
  'format',
  [sliced('m3u8', FOLDER), sliced('cmaf', `${FOLDER}/cmaf`), whole('flv', FOLDER), whole('mp4', FOLDER)],
  { error: 'must be m3u8, cmaf, flv or mp4' },
);
