export type MalformedCode =
  | 'SHORT_READ'
  | 'BAD_VALUE'
  | 'TOO_LARGE'
  | 'TOO_DEEP'
  | 'TOO_MANY'
  | 'UNSUPPORTED'
  | 'BAD_STATE';

/** Bytes that do not follow their format. Thrown by decoders, caught once per connection or input. */
export class MalformedError extends Error {
  readonly code: MalformedCode;
  /** The structure that was being read, in its standard's words, e.g. `AVCDecoderConfigurationRecord`. */
  readonly structure: string;

  constructor(code: MalformedCode, structure: string, detail: string) {
    super(`${structure}: ${detail}`);
    this.name = 'MalformedError';
    this.code = code;
    this.structure = structure;
  }
}
