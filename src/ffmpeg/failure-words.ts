import { MediaError } from './media-error.ts';

type Rule = {
  readonly words: RegExp;
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly isFinal?: boolean;
};

/** What FFmpeg says, and what it means; the first that fits. */
const RULES: readonly Rule[] = [
  {
    words: /exceeds max_streams|max_streams parameter/,
    code: 'INPUT_TOO_MANY_TRACKS',
    message: 'the input has more tracks than any that is meant to be played',
    remedy: 'Check the file; keep the tracks that are needed.',
  },
  {
    words: /No space left on device|Disk quota exceeded/,
    code: 'DISK_FULL',
    message: 'there is no room for what is processed',
    remedy: 'Free some space on the disk of media.workDir.',
    isFinal: false,
  },
  {
    words: /Cannot allocate memory|Failed to allocate|malloc .* failed/i,
    code: 'MEDIA_MEMORY',
    message: 'processing needs more memory than it may have',
    remedy: 'Use a smaller size or a lighter preset, or raise media.limits.memoryBytes.',
  },
  {
    words:
      /picture size .*(invalid|exceeds)|video size .*invalid|max_pixels|max pixel count|invalid (image )?dimensions/i,
    code: 'INPUT_TOO_LARGE',
    message: 'its pictures are larger than what is processed here',
    remedy: 'Make them smaller, or raise media.limits.pixels.',
  },
  {
    words: /Protocol '?\S+'? not on whitelist|not on whitelist '[^']*'!|Not allowed to|is not in allowed_extensions/,
    code: 'INPUT_FORBIDDEN',
    message: 'the input leads to other files or to the network',
    remedy: 'Give a file that contains its media itself.',
  },
  {
    words: /Format not on whitelist/,
    code: 'INPUT_NOT_MEDIA',
    message: 'the input is no media that is processed here',
    remedy: 'Give a video, audio or picture file.',
  },
  {
    words: /Unknown encoder|Encoder not found|No such filter|Unrecognized option/,
    code: 'CODEC_UNAVAILABLE',
    message: 'the FFmpeg of this server lacks what is asked for',
    remedy: 'Choose another codec, or install an FFmpeg that has it (headwater doctor lists the encoders).',
  },
  {
    words: /Permission denied/,
    code: 'INPUT_REFUSED',
    message: 'the input may not be read',
    remedy: 'Let the account of the server read it.',
  },
  {
    words: /No such file or directory/,
    code: 'INPUT_NOT_FOUND',
    message: 'the input is not there',
    remedy: 'Check its name; it may have been deleted meanwhile.',
  },
  {
    words:
      /moov atom not found|Invalid data found|End of file|could not find codec parameters|partial file|Output file is empty|Decoder \(codec none\)|invalid as first byte|Error while decoding|does not contain any stream|Truncat/i,
    code: 'INPUT_BROKEN',
    message: 'the input is damaged or incomplete',
    remedy: 'Upload it again, and check that it plays elsewhere.',
  },
];

/** Makes an error of the last words of an FFmpeg that ended with a failure. */
export function failureOf(said: string, how: string): MediaError {
  const rule = RULES.find(({ words }) => words.test(said));
  const detail = lastLines(said);
  const told = detail === '' ? how : detail;
  if (rule) {
    const { code, message, remedy, isFinal = true } = rule;
    return new MediaError(code, detail === '' ? message : `${message} (FFmpeg: ${detail})`, remedy, { isFinal });
  }
  const remedy = 'What FFmpeg said is in the message; check the input and the template.';
  return new MediaError('FFMPEG_FAILED', `FFmpeg ended without a result: ${told}`, remedy);
}

function lastLines(said: string): string {
  const lines = said.split('\n').map((line) =>
    line
      .replace(/^\[[^\]]*\] /, '')
      .replace(/file:\/\S*\//g, '')
      .trim(),
  );
  return [...new Set(lines.filter((line) => line !== '' && !line.includes('on whitelist')))]
    .slice(-3)
    .join('; ')
    .slice(-500);
}
