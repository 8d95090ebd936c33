import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../config/index.ts';
import { certificateCheck } from './certificate-checks.ts';
import { checksText, fail, ok } from './check.ts';
import { folderCheck, freeSpaceCheck } from './folder-checks.ts';
import { clockCheck, missingEncoders, nodeCheck } from './machine-checks.ts';
import { doorsOf, portChecks } from './port-checks.ts';
import { listeningInodes, portHolder } from './port-holder.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-doctor-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const config = (env: Record<string, string> = {}) => loadConfig({ env, cwd: folder });

describe('nodeCheck', () => {
  it.each([
    ['20.19.0', 'ok'],
    ['22.1.0', 'ok'],
    ['20.18.9', 'fail'],
    ['18.20.0', 'fail'],
  ])('%s is %s', (version, status) => expect(nodeCheck(version).status).toBe(status));
});

describe('missingEncoders', () => {
  it('reads what ffmpeg -encoders prints', () => {
    const both = ' V....D libx264              H.264 (codec h264)\n A....D aac                  AAC\n';
    expect(missingEncoders(both)).toEqual([]);
    expect(missingEncoders(' V....D libx264rgb  H.264\n A....D libfdk_aac  AAC\n')).toEqual(['libx264', 'aac']);
  });
});

describe('clockCheck', () => {
  it('refuses a clock before this release, and one that differs from the server', () => {
    expect(clockCheck(0, 0).status).toBe('fail');
    expect(clockCheck(Date.UTC(2026, 1), 60_000).status).toBe('fail');
    expect(clockCheck(Date.UTC(2026, 1), 0).status).not.toBe('fail');
  });
});

describe('folders', () => {
  it.each([
    [100_000_000, 'fail'],
    [1_000_000_000, 'warn'],
    [10_000_000_000, 'ok'],
  ])('%d bytes free is %s', (bytes, status) => expect(freeSpaceCheck('dataDir', '/x', bytes).status).toBe(status));

  it('looks at the folder above one that is to be made, and refuses a file in its place', async () => {
    expect((await folderCheck('dataDir', join(folder, 'a/b'))).finding).toContain('(to be made)');
    await writeFile(join(folder, 'file'), '');
    expect(await folderCheck('dataDir', join(folder, 'file/b'))).toMatchObject({ status: 'fail' });
  });
});

describe('ports', () => {
  it('finds sockets that listen, by port', () => {
    const table = [
      '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
      '   0: 0100007F:1F9A 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1',
      '   1: 0100007F:1F9A 0100007F:D000 01 00000000:00000000 00:00000000 00000000     0        0 222 1',
      '   2: 0100007F:078F 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1',
    ].join('\n');
    expect(listeningInodes(table, 8090)).toEqual(['111']);
    expect(listeningInodes(table, 1935)).toEqual(['333']);
    expect(listeningInodes(table, 80)).toEqual([]);
  });

  it('names the program that has a port, and finds free ones free', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    expect(await portHolder(port)).toContain(`process ${process.pid})`);
    const env = { HEADWATER_RTMP_HOST: '127.0.0.1', HEADWATER_PLAYBACK_HOST: '127.0.0.1' };
    const zero = { HEADWATER_PLAYBACK_PORT: '0', HEADWATER_CONTROL_PORT: '0', HEADWATER_UPLOAD_PORT: '0' };
    const taken = await portChecks(config({ ...env, ...zero, HEADWATER_RTMP_PORT: String(port) }), undefined);
    expect(taken.map(({ id, status }) => `${id} ${status}`)).toEqual([
      'rtmp.port fail',
      'playback.port ok',
      'control.port ok',
    ]);
    expect(taken[0]!.finding).toContain(`process ${process.pid}`);
    await new Promise((resolve) => server.close(resolve));
    const [free] = await portChecks(config({ ...env, ...zero, HEADWATER_RTMP_PORT: String(port) }), undefined);
    expect(free).toMatchObject({ status: 'ok' });
  });

  it('counts the doors with TLS only where there is a certificate', () => {
    expect(doorsOf(config()).map(({ key }) => key)).toEqual(['rtmp', 'playback', 'control']);
    const tls = { HEADWATER_TLS_CERT_FILE: 'c', HEADWATER_TLS_KEY_FILE: 'k', HEADWATER_METRICS_PORT: '9100' };
    const keys = doorsOf(config(tls)).map(({ key }) => key);
    expect(keys).toEqual(['rtmp', 'rtmps', 'playback', 'playbackTls', 'control', 'metrics']);
  });
});

describe('certificateCheck', () => {
  const DAY = 86_400_000;

  it('counts the days, and knows a key that is another one', async () => {
    const [one, other] = await Promise.all([1, 2].map(() => generate([{ name: 'commonName', value: 'a.example' }])));
    const certFile = join(folder, 'cert.pem');
    const keyFile = join(folder, 'key.pem');
    await writeFile(certFile, one!.cert);
    await writeFile(keyFile, one!.private);
    const from = Date.now() + DAY;
    const days = Number(/(\d+) more days/.exec((await certificateCheck({ certFile, keyFile }, from)).finding)?.[1]);
    expect(days).toBeGreaterThan(30);
    const status = async (nowMs: number) => (await certificateCheck({ certFile, keyFile }, nowMs)).status;
    expect(await status(from)).toBe('ok');
    expect(await status(from + (days - 10) * DAY)).toBe('warn');
    expect(await status(from + (days + 2) * DAY)).toBe('fail');
    expect(await status(from - 10 * DAY)).toBe('fail');
    await writeFile(keyFile, other!.private);
    expect(await certificateCheck({ certFile, keyFile }, from)).toMatchObject({ status: 'fail' });
    await writeFile(certFile, 'no PEM');
    expect(await certificateCheck({ certFile, keyFile }, from)).toMatchObject({ status: 'fail' });
    const absent = join(folder, 'absent.pem');
    expect((await certificateCheck({ certFile: absent, keyFile }, from)).finding).toContain('ENOENT');
  });
});

describe('checksText', () => {
  it('has a line for each, the remedy beneath, and the counts', () => {
    expect(checksText([ok('node', 'Node.js 20'), fail('rtmp.port', 'taken', 'Free it.')])).toBe(
      [
        'OK    node                 Node.js 20',
        'FAIL  rtmp.port            taken',
        '                           Free it.',
        '',
        '1 ok, 0 to look at, 1 failed',
        '',
      ].join('\n'),
    );
  });
});
