import type { Response } from 'express';

/** Answers with an error in the form of RFC 9457, with a code for programs and a remedy for people. */
export function sendProblem(response: Response, status: number, code: string, title: string, remedy?: string): void {
  response
    .status(status)
    .type('application/problem+json')
    .send(JSON.stringify({ type: 'about:blank', title, status, code, ...(remedy ? { remedy } : {}) }));
}
