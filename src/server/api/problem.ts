import type { Response } from 'express';
import type { OperationError } from '../../operations/index.ts';

/** Answers with an error in the form of RFC 9457, with a code for programs and a remedy for people. */
export function sendProblem(
  response: Response,
  status: number,
  code: string,
  title: string,
  remedy?: string,
  more: Readonly<Record<string, unknown>> = {},
): void {
  response
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', title, status, code, ...(remedy ? { remedy } : {}), ...more }));
}

/** Answers that an operation was not done. */
export function sendOperationError(response: Response, error: OperationError): void {
  const { status, code, message, remedy, errors } = error;
  sendProblem(response, status, code, message, remedy, errors.length > 0 ? { errors } : {});
}
