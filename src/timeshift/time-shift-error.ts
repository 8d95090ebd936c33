export type TimeShiftErrorCode =
  | 'LHS_UNKNOWN'
  | 'LHS_VALUE'
  | 'LHS_ZONE'
  | 'LHS_CONFLICT'
  | 'LHS_OUT_OF_RANGE'
  | 'LHS_REVERSED'
  | 'LHS_IN_FUTURE'
  | 'LHS_TOO_FAR_BACK';

/** What is wrong with the times that a URL asks for, and what to write instead. */
export class TimeShiftError extends Error {
  readonly code: TimeShiftErrorCode;
  readonly remedy: string;

  constructor(code: TimeShiftErrorCode, message: string, remedy: string) {
    super(message);
    this.name = 'TimeShiftError';
    this.code = code;
    this.remedy = remedy;
  }
}
