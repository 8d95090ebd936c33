/** What ApsaraVideo's OpenAPI answers where nothing was done: a status of HTTP, a code of its list and a sentence. */
export class ApsaraError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'ApsaraError';
    this.status = status;
    this.code = code;
  }
}

export function missingParameter(name: string): ApsaraError {
  return new ApsaraError(
    400,
    'MissingParameter',
    `The input parameter "${name}" that is mandatory for processing this request is not supplied.`,
  );
}

export function invalidParameter(name: string, reason: string): ApsaraError {
  return new ApsaraError(400, 'InvalidParameter', `The parameter "${name}" is not valid: ${reason}.`);
}
