import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A picture as the hook got it. */
export type Shown = {
  readonly path: string;
  readonly stream: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
};

/** What is answered: JSON, text as it is, or nothing at all for `never`. */
export type HookAnswer = object | string | number | 'never';

/** A moderation service on the loopback interface. */
export type ModerationHook = {
  readonly shown: Shown[];
  /** How many were unanswered at once, at most. */
  readonly mostAtOnce: () => number;
  answer: (shown: Shown) => HookAnswer | Promise<HookAnswer>;
  url(path: string): string;
  close(): Promise<void>;
};

export async function startModerationHook(): Promise<ModerationHook> {
  let open = 0;
  let most = 0;
  const server = createServer(async (request, response) => {
    most = Math.max(most, ++open);
    response.once('close', () => open--);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks);
    const { 'headwater-stream': named } = request.headers;
    const stream = typeof named === 'string' ? named : String(JSON.parse(body.toString()).data.stream);
    const shown = { path: request.url ?? '', stream, headers: request.headers, body };
    hook.shown.push(shown);
    reply(response, await hook.answer(shown));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const hook: ModerationHook = {
    shown: [],
    mostAtOnce: () => most,
    answer: () => ({}),
    url: (path) => `http://127.0.0.1:${port}/${path}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
  return hook;
}

function reply(response: ServerResponse, answer: HookAnswer): void {
  if (answer === 'never') return;
  if (typeof answer === 'number') response.writeHead(answer).end();
  else response.writeHead(200).end(typeof answer === 'string' ? answer : JSON.stringify(answer));
}
