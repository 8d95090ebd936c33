import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Headwater, start, startHeadwater, until, untilLive } from '../support/index.ts';
import { NO_DATABASE } from '../support/open-server.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/publish-test-picture.ts', import.meta.url));
const TSX = fileURLToPath(import.meta.resolve('tsx'));

let server: Headwater;

beforeAll(async () => {
  server = await startHeadwater({ env: NO_DATABASE });
});

afterAll(() => server.stop());

type Streams = { streams: { name: string; state: string; publisher?: { sessionId: string } }[] };

const sessionId = async () =>
  (await server.api<Streams>('/streams')).streams.find(({ state }) => state === 'publishing')?.publisher?.sessionId;

describe('the test picture of the demo', () => {
  it('goes on after the machine was away for longer than it can make up for', async () => {
    const habits = ['--size', '160x90', '--fps', '10', '--retry'];
    const publisher = start(process.execPath, ['--import', TSX, SCRIPT, '--data-dir', server.dataDir, ...habits]);
    await untilLive(server, 'live/demo', publisher);
    const before = await sessionId();
    publisher.process.kill('SIGSTOP');
    await delay(4000);
    publisher.process.kill('SIGCONT');
    await until('it says why', () => publisher.stderr().includes('more than 3 s behind real time'));
    await until('it publishes again', async () => {
      const now = await sessionId();
      return now !== undefined && now !== before;
    });
    expect(publisher.stderr()).not.toContain('too slow');
    expect(await publisher.stop()).toBe(0);
  });

  it('gets smaller where the machine is too slow for it, and goes on', async () => {
    const habits = ['--size', '640x360', '--fps', '5000', '--no-audio', '--retry'];
    const publisher = start(process.execPath, ['--import', TSX, SCRIPT, '--data-dir', server.dataDir, ...habits]);
    await until('it is smaller', () =>
      publisher.stderr().includes('too slow for 640x360 just now; going on with 480x270'),
    );
    await untilLive(server, 'live/demo', publisher);
    expect(await publisher.stop()).toBe(0);
  });
});
