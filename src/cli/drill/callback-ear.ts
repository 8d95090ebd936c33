import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Drill } from './drill.ts';

/** Hears the callbacks of the drill's own stream, on this machine. */
export type CallbackEar = { readonly url: string; count(type: string): number };

export async function openCallbackEar(drill: Pick<Drill, 'after'>): Promise<CallbackEar> {
  const heard = new Map<string, string>();
  const server = createServer(async (request, response) => {
    const body = await text(request).catch(() => '');
    const type = /"type":\s*"([a-z_]{1,40})"/.exec(body.slice(0, 8192))?.[1];
    // One callback may come twice where an answer was lost; its id is the same then.
    if (type !== undefined) heard.set(String(request.headers['webhook-id']), type);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  drill.after('the receiver of callbacks', () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/drill`,
    count: (type) => [...heard.values()].filter((each) => each === type).length,
  };
}
