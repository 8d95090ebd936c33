import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { Drill } from './drill.ts';

/** A bucket of the drill's own, in memory; while it is broken it answers everything with 503. */
export type TestBucket = {
  readonly endpoint: string;
  readonly names: readonly string[];
  isBroken: boolean;
  readonly refused: number;
};

export async function startTestBucket(drill: Pick<Drill, 'after'>): Promise<TestBucket> {
  const sizes = new Map<string, number>();
  let refused = 0;
  const bucket = { isBroken: false };
  const server = createServer(async (request, response) => {
    const bytes = await buffer(request).catch(() => Buffer.alloc(0));
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://bucket');
    response.setHeader('content-type', 'application/xml');
    if (bucket.isBroken) {
      refused++;
      response.writeHead(503).end('<Error><Code>ServiceUnavailable</Code></Error>');
    } else if (searchParams.has('list-type')) {
      response.end('<ListBucketResult></ListBucketResult>');
    } else if (request.method === 'PUT') {
      sizes.set(pathname, bytes.length);
      response.end();
    } else if (request.method === 'DELETE') {
      sizes.delete(pathname);
      response.writeHead(204).end();
    } else {
      const size = sizes.get(pathname);
      response.writeHead(size === undefined ? 404 : 200, size === undefined ? {} : { 'content-length': size }).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  drill.after('the bucket', () => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    get names() {
      return [...sizes.keys()];
    },
    get isBroken() {
      return bucket.isBroken;
    },
    set isBroken(broken) {
      bucket.isBroken = broken;
    },
    get refused() {
      return refused;
    },
  };
}
