import { expect, it } from 'vitest';
import { startHeadwater, until } from '../support/index.ts';

it('ends in order when a wrapper passes on the signal that its group was sent, too', async () => {
  const server = await startHeadwater();
  const { process: child } = server.child;
  child.kill('SIGTERM');
  await until('it stops', () => server.log().some(({ message }) => message === 'server stops'), 60_000, 5);
  child.kill('SIGTERM');
  await until('it has ended', () => child.exitCode !== null || child.signalCode !== null);
  expect([child.exitCode, child.signalCode]).toEqual([0, null]);
  await server.stop();
});
