import { once } from 'node:events';
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { generate } from 'selfsigned';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CertificateError, Certificates, type CertificatesOptions, keyPairOf } from './index.ts';

type Pair = { readonly cert: string; readonly private: string };

const pairFor = (name: string): Promise<Pair> => generate([{ name: 'commonName', value: name }], { keyType: 'ec' });

let dir = '';
const closers: (() => unknown)[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'headwater-certificates-'));
});

afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
  await rm(dir, { recursive: true, force: true });
});

async function write(name: string, pair: Pair) {
  const files = { certFile: join(dir, `${name}.crt`), keyFile: join(dir, `${name}.key`) };
  await writeFile(files.keyFile, pair.private);
  await writeFile(files.certFile, pair.cert);
  return files;
}

/** The events of a Certificates, to be awaited one by one. */
function watched() {
  const events: string[] = [];
  let wake = () => {};
  const tell = (event: string) => {
    events.push(event);
    wake();
  };
  const next = async (): Promise<string> => {
    while (events.length === 0) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    return events.shift() as string;
  };
  return {
    next,
    /** Passes over a refusal of half a pair: the files are replaced one after the other. */
    async untilLoaded(): Promise<void> {
      while ((await next()) !== 'loaded');
    },
    options: {
      settleMs: 50,
      onLoaded: () => tell('loaded'),
      onRefused: (_: unknown, error: unknown) => tell(code(error)),
    },
  };
}

const code = (error: unknown) => (error instanceof CertificateError ? error.code : String(error));

async function serve(options: CertificatesOptions) {
  return serveWith(await Certificates.open(options));
}

async function serveWith(certificates: Certificates) {
  closers.push(() => certificates.close());
  const server = createServer(certificates.serverOptions(), (socket) =>
    socket.on('data', (bytes) => socket.write(bytes)),
  );
  certificates.follow(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

async function dial(port: number, servername?: string): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...(servername ? { servername } : {}) });
  closers.push(() => socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

async function nameAt(port: number, servername?: string): Promise<unknown> {
  const socket = await dial(port, servername);
  const { subject } = socket.getPeerCertificate();
  socket.destroy();
  return subject.CN;
}

describe('Certificates', () => {
  it('is empty without files, until it is given something, and shows that at once', async () => {
    const certificates = await Certificates.open({ byHost: [] });
    expect([certificates.isEmpty, certificates.shownFor('one.test')]).toEqual([true, undefined]);
    const given = async (name: string) => {
      const { cert, private: key } = await pairFor(name);
      return { hosts: [name], pair: keyPairOf({ cert: Buffer.from(cert), key: Buffer.from(key) }) };
    };
    const [one, two] = [await given('one.test'), await given('two.test')];
    certificates.give([one]);
    const port = await serveWith(certificates);
    expect([await nameAt(port), await nameAt(port, 'two.test')]).toEqual(['one.test', 'one.test']);
    certificates.give([two, one]);
    expect([await nameAt(port), await nameAt(port, 'one.test')]).toEqual(['two.test', 'one.test']);
    expect(certificates.shownFor('one.test')).toEqual({
      ...{ isForHost: true, names: 'one.test', expiresAtMs: one.pair.expiresAtMs },
    });
    expect(certificates.shownFor('three.test')).toMatchObject({ isForHost: false, names: 'two.test' });
    certificates.give([]);
    expect(await nameAt(port, 'one.test')).toBe('two.test');
  });

  it('chooses by the host that the client names', async () => {
    const fallback = await write('fallback', await pairFor('fallback'));
    const one = await write('one', await pairFor('one'));
    const wild = await write('wild', await pairFor('wild'));
    const byHost = [
      { hosts: ['*.example.com'], ...wild },
      { hosts: ['One.example.com'], ...one },
    ];
    const port = await serve({ fallback, byHost });
    const seen = await Promise.all(
      [undefined, 'one.example.com', 'ONE.example.com.', 'two.example.com', 'a.two.example.com', 'example.com'].map(
        (host) => nameAt(port, host),
      ),
    );
    expect(seen).toEqual(['fallback', 'one', 'one', 'wild', 'fallback', 'fallback']);
  });

  it('falls back to the first of several', async () => {
    const one = await write('one', await pairFor('one'));
    const two = await write('two', await pairFor('two'));
    const port = await serve({
      byHost: [
        { hosts: ['one.test'], ...one },
        { hosts: ['two.test'], ...two },
      ],
    });
    expect(await nameAt(port, 'three.test')).toBe('one');
  });

  it.each([
    ['a file that is not there', 'UNREADABLE', async () => ({ certFile: join(dir, 'no'), keyFile: join(dir, 'no') })],
    ['no certificate', 'BAD_CERTIFICATE', () => write('bad', { cert: 'x', private: 'x' })],
    [
      "another certificate's key",
      'BAD_KEY',
      async () => write('bad', { ...(await pairFor('a')), private: (await pairFor('b')).private }),
    ],
  ])('does not start with %s', async (_, expected, files) => {
    const opening = Certificates.open({ fallback: await files(), byHost: [] });
    expect(await opening.then(() => 'opened', code)).toBe(expected);
  });

  it('swaps under a connection, which goes on', async () => {
    const events = watched();
    const fallback = await write('a', await pairFor('before'));
    const port = await serve({ fallback, byHost: [{ hosts: ['named.test'], ...fallback }], ...events.options });
    expect([await events.next(), await events.next()]).toEqual(['loaded', 'loaded']);
    const open = await dial(port);
    await write('a', await pairFor('after'));
    await events.untilLoaded();
    await events.untilLoaded();
    expect(await nameAt(port)).toBe('after');
    expect(await nameAt(port, 'named.test')).toBe('after');
    open.write('still here');
    expect(String((await once(open, 'data'))[0])).toBe('still here');
  });

  it('refuses a bad pair, keeps the old one and takes the next good one', async () => {
    const events = watched();
    const fallback = await write('a', await pairFor('before'));
    const port = await serve({ fallback, byHost: [], ...events.options });
    await events.next();
    await writeFile(fallback.keyFile, (await pairFor('other')).private);
    expect(await events.next()).toBe('BAD_KEY');
    expect(await nameAt(port)).toBe('before');
    await write('a', await pairFor('after'));
    await events.untilLoaded();
    expect(await nameAt(port)).toBe('after');
  });

  it('follows links that are swapped, as certbot and Kubernetes do', async () => {
    const events = watched();
    const first = await write('first', await pairFor('first'));
    const second = await write('second', await pairFor('second'));
    const live = { certFile: join(dir, 'live.pem'), keyFile: join(dir, 'live.key') };
    const point = async ({ certFile, keyFile }: typeof first) => {
      for (const [target, link] of [
        [certFile, live.certFile],
        [keyFile, live.keyFile],
      ] as const) {
        await symlink(target, `${link}.new`);
        await rename(`${link}.new`, link);
      }
    };
    await point(first);
    const port = await serve({ fallback: live, byHost: [], ...events.options, sweepMs: 100 });
    await events.next();
    await point(second);
    await events.untilLoaded();
    expect(await nameAt(port)).toBe('second');
  });
});
