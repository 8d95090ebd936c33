import type { Server as HttpServer } from 'node:http';
import type { Http2SecureServer } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';

/** A port that can't be had, with what to do about it. */
export class ListenError extends Error {
  readonly code: string;

  constructor(what: string, host: string, port: number, cause: NodeJS.ErrnoException) {
    super(`${what} cannot listen on ${host} port ${port}: ${explain(cause)}`, { cause });
    this.name = 'ListenError';
    this.code = cause.code ?? 'UNKNOWN';
  }
}

export type ListenOn = { readonly what: string; readonly host: string; readonly port: number };

/** Listens, on IPv4 alone where the machine has no IPv6, and gives the port, which is a free one where 0 was asked. */
export async function listen(
  server: Server | HttpServer | Http2SecureServer,
  { what, host, port }: ListenOn,
): Promise<number> {
  try {
    await listenOnce(server, host, port);
  } catch (error) {
    const cause = error as NodeJS.ErrnoException;
    const hasNoIpv6 = host === '::' && (cause.code === 'EAFNOSUPPORT' || cause.code === 'EADDRNOTAVAIL');
    if (!hasNoIpv6) throw new ListenError(what, host, port, cause);
    await listenOnce(server, '0.0.0.0', port);
  }
  return (server.address() as AddressInfo).port;
}

function listenOnce(server: Server | HttpServer | Http2SecureServer, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 4096 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function explain({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'EADDRINUSE')
    return 'another program has it. Stop that program, or choose another port in the configuration.';
  if (code === 'EACCES')
    return 'this account may not. Choose a port above 1023, or give the program the right to bind it.';
  return message;
}
