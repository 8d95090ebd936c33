import { join } from 'node:path';
import { MediaError } from '../../ffmpeg/index.ts';
import { type MergeParts, mergeArguments } from './merge-arguments.ts';
import { type PieceTask, pieceArguments } from './piece-arguments.ts';
import { readPieceFile } from './piece-file.ts';
import { SurveyReader, surveyArguments, type VideoSurvey } from './video-survey.ts';

/** One run of a program in a folder, to its end; throws MediaError. */
export type ProgramRun = {
  readonly folder: string;
  readonly signal?: AbortSignal | undefined;
  /** How far the output is, in seconds of its own times. */
  readonly onTime?: ((seconds: number) => void) | undefined;
};

/** Arguments that open an input, ending with it; with others before its name. */
export type OpenInput = (before: readonly string[]) => readonly string[];

export interface SplitPrograms {
  ffmpeg(args: readonly string[], run: ProgramRun): Promise<void>;
  ffprobe(args: readonly string[], run: ProgramRun & { readonly onLine: (line: string) => void }): Promise<void>;
}

/** Seeks that often before the whole source is read from its beginning. */
const SEEKS = 2;
const FROM_THE_BEGINNING = 1e6;

/** Cuts a source into ranges, encodes them apart from each other, and puts them together as one pass would have made it. */
export class Splitter {
  readonly #programs: SplitPrograms;

  constructor(programs: SplitPrograms) {
    this.#programs = programs;
  }

  /** Reads all packets of the picture, decoding none; undefined where there is no picture. */
  async survey(open: OpenInput, run: ProgramRun): Promise<VideoSurvey | undefined> {
    const reader = new SurveyReader();
    await this.#programs.ffprobe(surveyArguments(open), { ...run, onLine: (line) => reader.push(line) });
    return reader.survey;
  }

  /** One file in the folder for each encoding. Throws where not exactly the piece's pictures come out. */
  async encode(open: OpenInput, task: PieceTask, run: ProgramRun): Promise<void> {
    for (let tries = 0; ; tries++) {
      const back = tries < SEEKS ? tries : FROM_THE_BEGINNING;
      await this.#programs.ffmpeg(pieceArguments(open, task, back), run);
      const flaw = await flawOf(task, run.folder);
      if (flaw === undefined) return;
      if (tries < SEEKS && task.piece.index > 0) continue;
      const remedy =
        'It may be damaged there, or its times may be wrong: look at it, or transcode it in one pass (without split).';
      throw new MediaError('PIECE_DIFFERS', flaw, remedy);
    }
  }

  /** Puts the pieces of one output, and its sound, into one file. */
  async merge(parts: MergeParts, run: ProgramRun): Promise<void> {
    const files = await Promise.all(parts.pieces.map((name) => readPieceFile(join(run.folder, name))));
    const [first] = files;
    const other = files.findIndex(({ description }) => first && Buffer.compare(description, first.description) !== 0);
    if (other > 0) {
      const remedy = 'Encode with an encoder that has the same settings everywhere, or in one pass.';
      throw new MediaError('PIECES_DIFFER', `${parts.pieces[other]} is encoded in another way than the first`, remedy);
    }
    await this.#programs.ffmpeg(mergeArguments(parts), run);
  }
}

async function flawOf({ piece, encodings }: PieceTask, folder: string): Promise<string | undefined> {
  for (const { name, fps } of encodings) {
    const { pictures } = await readPieceFile(join(folder, name));
    if (pictures === 0) return `piece ${piece.index} has no picture`;
    if (fps || piece.pictures === undefined || pictures === piece.pictures) continue;
    return `piece ${piece.index} has ${pictures} pictures of ${piece.pictures}`;
  }
  return undefined;
}
