import type { Duplex } from 'node:stream';

/** Answers an upgrade that is not granted with a problem in the form of RFC 9457, and closes. */
export function refuseUpgrade(socket: Duplex, status: number, problem: Uint8Array | string): void {
  const body = Buffer.from(problem);
  const later = status === 503 || status === 429 ? '\r\nRetry-After: 5' : '';
  const head = `HTTP/1.1 ${status} Refused\r\nContent-Type: application/problem+json\r\nConnection: close${later}`;
  socket.end(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
}
