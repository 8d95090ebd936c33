import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** A bucket in memory that asks nobody who he is: what an operator should be warned of. */
export async function startOpenBucket(): Promise<{ readonly endpoint: string; close(): void }> {
  const objects = new Map<string, Buffer>();
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://bucket');
    const body = await buffer(request);
    if (searchParams.has('list-type')) {
      const keys = [...objects.keys()].map((path) => path.split('/').slice(2).join('/'));
      const contents = keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('');
      response.setHeader('content-type', 'application/xml').end(`<ListBucketResult>${contents}</ListBucketResult>`);
    } else if (request.method === 'PUT') {
      objects.set(pathname, body);
      response.end();
    } else if (request.method === 'DELETE') {
      objects.delete(pathname);
      response.writeHead(204).end();
    } else response.writeHead(objects.has(pathname) ? 200 : 404).end(objects.get(pathname));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { endpoint: `http://127.0.0.1:${port}`, close: () => server.close() };
}
