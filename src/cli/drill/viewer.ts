import { type ClientRequest, get, type IncomingMessage } from 'node:http';
import { CliError } from '../installation/index.ts';
import type { Drill } from './drill.ts';

/** Somebody who watches by HTTP-FLV, on one connection. */
export type DrillViewer = { readonly bytes: number; readonly isConnected: boolean };

export type Watched = { readonly port: number; readonly path: string; readonly host: string };

/** Opens the stream; a CliError with the status where it is refused. */
export function startViewer(drill: Pick<Drill, 'after'>, { port, path, host }: Watched): Promise<DrillViewer> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    let isConnected = true;
    const gone = () => {
      isConnected = false;
    };
    const request: ClientRequest = get(
      { host: '127.0.0.1', port, path, headers: { host, 'user-agent': 'Headwater-Drill' }, agent: false },
      (response: IncomingMessage) => {
        const { statusCode } = response;
        response.on('close', gone).on('error', gone);
        if (statusCode !== 200) {
          response.destroy();
          return reject(new CliError(`the viewer got ${statusCode}`, 'headwater explain says why a URL is refused.'));
        }
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
        });
        resolve({
          get bytes() {
            return bytes;
          },
          get isConnected() {
            return isConnected;
          },
        });
      },
    );
    request.on('error', (error) => {
      gone();
      reject(new CliError(`the viewer could not connect: ${error.message}`, 'Check the playback port.'));
    });
    drill.after('the viewer', () => request.destroy());
  });
}
