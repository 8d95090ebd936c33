import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream/promises';
import express, { type ErrorRequestHandler, type Express, type Response } from 'express';
import type { Peers } from '../../cluster/index.ts';
import { type Call, NodeTroubleError, OperationError, operationErrorOf, streamNames } from '../../operations/index.ts';
import type { Http, MediaOperation } from './media-operation.ts';
import { sendOperationError } from './problem.ts';

/** The nodes that may have a file. */
export type FileHolders = { readonly peers: Pick<Peers, 'holders' | 'askFile'> };

type AnyCall = Call<never, never, never>;

/** Of what another node answers, what the browser is told. */
const PASSED_ON = ['content-type', 'content-length', 'content-range', 'accept-ranges', 'cache-control'];

/** The same files, each from the node that has it. */
export function filesElsewhere(files: readonly MediaOperation[], nodes: FileHolders): readonly MediaOperation[] {
  return files.map((file) => {
    if (file.at !== 'holder') return file;
    return { ...file, send: (call: AnyCall, http: Http) => sendFromHolder(file, call, http, nodes) };
  });
}

async function sendFromHolder(file: MediaOperation, call: AnyCall, http: Http, { peers }: FileHolders): Promise<void> {
  try {
    await file.send(call, http);
  } catch (error) {
    if (!(error instanceof OperationError) || error.status !== 404) throw error;
    const { domain, app, stream: name } = streamNames.loose().parse(call.params);
    let trouble: unknown;
    for (const peer of await peers.holders({ domain, app, name })) {
      const { method, headers } = http.request;
      const path = ['files', file.name, JSON.stringify(call.params)];
      try {
        const answer = await peers.askFile(peer, { path, method, headers, signal: call.signal });
        if (answer.statusCode !== 404) return await passOn(answer, http.response);
        answer.resume();
      } catch (cause) {
        trouble ??= new NodeTroubleError(peer, cause);
      }
    }
    throw trouble ?? error;
  }
}

async function passOn(answer: IncomingMessage, response: Response): Promise<void> {
  const passed = PASSED_ON.filter((name) => answer.headers[name] !== undefined);
  response.status(answer.statusCode ?? 502).set(Object.fromEntries(passed.map((name) => [name, answer.headers[name]])));
  // Whoever goes away in mid-answer is nothing to speak of, and a file that breaks off does not look whole.
  await pipeline(answer, response).catch(() => response.destroy());
}

/** Sends files to other nodes, at whose doors it was looked at who may have them: `/{name}/{params}`. */
export function fileApp(files: readonly MediaOperation[], onError: (error: unknown) => void): Express {
  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.get('/:name/:params', async (request, response) => {
    const file = files.find(({ name, at }) => name === request.params.name && at === 'holder');
    try {
      const params = file?.params.safeParse(jsonOf(request.params.params));
      if (!file || !params?.success) return void response.sendStatus(400);
      await file.send({ params: params.data } as unknown as AnyCall, { request, response });
    } catch (error) {
      const known = operationErrorOf(error);
      if (!known) onError(error);
      if (response.headersSent) response.destroy();
      else if (known) sendOperationError(response, known);
      else response.sendStatus(500);
    }
  });
  app.use(((_error, _request, response, _next) => response.sendStatus(400)) satisfies ErrorRequestHandler);
  return app;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
