import type { RecordFormatRule } from '../rules/index.ts';
import type { RecordingEffect } from './recording-effect.ts';
import {
  breaksSlice,
  isFull,
  type OpenFile,
  type RecordedPublish,
  tallyOfThose,
  tallyWith,
  type WholeSegment,
} from './recording-file.ts';
import type { RecordingState } from './recording-state.ts';

type Kept = Pick<RecordingState, 'files' | 'sequences'>;
type OpenSlice = NonNullable<OpenFile['slice']>;
type NewFile = Omit<OpenFile, 'tally' | 'slice'>;

/** What segments of the publish that is on are recorded into. */
type Target = RecordedPublish & { readonly storage: string; readonly formats: readonly RecordFormatRule[] };

/** The open files of a recording, one in each format. */
export class RecordingFiles {
  readonly #say: (effect: RecordingEffect) => void;
  #files: readonly OpenFile[];
  #sequences: Kept['sequences'];

  constructor({ files, sequences }: Kept, say: (effect: RecordingEffect) => void) {
    this.#files = files;
    this.#sequences = sequences;
    this.#say = say;
  }

  get state(): Kept {
    return { files: this.#files, sequences: this.#sequences };
  }

  get count(): number {
    return this.#files.length;
  }

  /** After a crash: forgets segments that are gone. */
  keepOnly(archived: readonly WholeSegment[]): void {
    this.#files = this.#files.flatMap(({ tally: before, slice, ...file }) => {
      const tally = tallyOfThose(before, archived);
      const sliceTally = slice && tallyOfThose(slice.tally, archived);
      if (tally === undefined) return [];
      return [{ ...file, tally, ...(slice && sliceTally && { slice: { ...slice, tally: sliceTally } }) }];
    });
  }

  /** Records a segment; without a target into the files that there are. */
  add(segment: WholeSegment, target: Target | undefined): void {
    if (target === undefined) {
      this.#files = this.#files.flatMap((file) => this.#grown(file, file, segment));
      return;
    }
    const { formats, storage, sessionId, pushArgs } = target;
    for (const file of this.#files) {
      if (!formats.some(({ format }) => format === file.rule.format)) this.#cut(file);
    }
    this.#files = formats.flatMap((rule) => {
      const open = this.#files.find((file) => file.rule.format === rule.format);
      const sequence = open?.sequence ?? this.#next(rule, 'file');
      return this.#grown({ storage, sessionId, pushArgs, rule, sequence }, open, segment);
    });
  }

  /** Cuts all; what comes next is in files with the next numbers. */
  cutAll(): void {
    const files = this.#files;
    this.#files = [];
    for (const file of files) this.#cut(file);
  }

  /** Cuts all; what comes next is another recording. */
  finish(): void {
    this.cutAll();
    this.#sequences = {};
  }

  /** None when the file is as long as its format wants it. */
  #grown(
    { storage, sessionId, pushArgs, rule, sequence }: NewFile,
    open: OpenFile | undefined,
    segment: WholeSegment,
  ): readonly OpenFile[] {
    const isBroken = open?.slice !== undefined && breaksSlice(open.slice.tally, segment);
    if (open && isBroken) this.#saySlice(open, open.slice);
    const tally = tallyWith(open?.tally, segment);
    const file = { storage, sessionId, pushArgs, rule, sequence, tally };
    const grown = this.#withSlice(file, isBroken ? undefined : open?.slice, segment);
    if (!isFull(tally, rule.cycleSeconds)) return [grown];
    this.#cut(grown);
    return [];
  }

  #withSlice(file: OpenFile, open: OpenSlice | undefined, segment: WholeSegment): OpenFile {
    const { sliceSeconds } = file.rule;
    if (sliceSeconds === undefined) return file;
    const sequence = open?.sequence ?? this.#next(file.rule, 'slice');
    const slice = { sequence, tally: tallyWith(open?.tally, segment) };
    if (!isFull(slice.tally, sliceSeconds)) return { ...file, slice };
    this.#saySlice(file, slice);
    return file;
  }

  #cut({ tally, slice, ...file }: OpenFile): void {
    this.#saySlice({ ...file, tally }, slice);
    this.#say({ kind: 'cut', ...file, ...tally });
  }

  #saySlice({ tally, sequence, slice: _, ...file }: OpenFile, slice: OpenSlice | undefined): void {
    if (slice === undefined) return;
    const of = { firstSegment: tally.firstSegment, sequence };
    this.#say({ kind: 'slice', ...file, ...slice.tally, sequence: slice.sequence, file: of });
  }

  #next({ format }: RecordFormatRule, kind: 'file' | 'slice'): number {
    const next = this.#sequences[format] ?? { file: 0, slice: 0 };
    this.#sequences = { ...this.#sequences, [format]: { ...next, [kind]: next[kind] + 1 } };
    return next[kind];
  }
}
