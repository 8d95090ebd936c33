export type RecordingErrorCode =
  | 'TASK_ALREADY_STARTED'
  | 'TASK_NOT_STARTED'
  | 'NOTHING_DELAYED'
  | 'STREAM_NOT_LIVE'
  | 'RECORDING_IS_ASSET';

const WORDS: Readonly<Record<RecordingErrorCode, readonly [string, string]>> = {
  TASK_ALREADY_STARTED: ['the stream is recorded already', 'Stop it before it is started again.'],
  TASK_NOT_STARTED: ['the stream is not recorded now', 'Start it first.'],
  NOTHING_DELAYED: ['no file of the stream waits for its delay to pass', 'Stop the recording first.'],
  RECORDING_IS_ASSET: ['the recording is an asset of the library', 'Delete the asset; the recording goes with it.'],
  STREAM_NOT_LIVE: ['nobody publishes the stream to a rule that records', 'Publish it, or set record.enabled for it.'],
};

/** Why a recording does not do what a command says, and what an operator can do about it. */
export class RecordingError extends Error {
  readonly code: RecordingErrorCode;
  readonly remedy: string;

  constructor(code: RecordingErrorCode) {
    const [message, remedy] = WORDS[code];
    super(message);
    this.name = 'RecordingError';
    this.code = code;
    this.remedy = remedy;
  }
}
