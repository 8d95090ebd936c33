import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A bucket in memory that asks nobody who he is: what an operator should be warned of. */
export async function startOpenBucket(): Promise<{ readonly endpoint: string; close(): void }> {
  const objects = new Map<string, { readonly body: Buffer; readonly headers: Record<string, string> }>();
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://bucket');
    const body = await buffer(request);
    if (searchParams.has('list-type')) {
      const keys = [...objects.keys()].map((path) => path.split('/').slice(2).join('/'));
      const contents = keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('');
      response.setHeader('content-type', 'application/xml').end(`<ListBucketResult>${contents}</ListBucketResult>`);
    } else if (request.method === 'PUT') {
      const named = Object.entries(request.headers).filter(([name]) => name.startsWith('x-amz-meta-'));
      const headers = { ...Object.fromEntries(named), 'content-length': String(body.length) };
      objects.set(pathname, { body, headers: headers as Record<string, string> });
      response.end();
    } else if (request.method === 'DELETE') {
      objects.delete(pathname);
      response.writeHead(204).end();
    } else {
      const found = objects.get(pathname);
      if (found) response.writeHead(200, found.headers).end(request.method === 'HEAD' ? undefined : found.body);
      else response.writeHead(404).end();
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, close: () => server.close() };
}
