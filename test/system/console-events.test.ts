import type { Browser, Page, WebSocket } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenPage, openBrowser } from '../support/browser.ts';
import { openConsole } from '../support/console.ts';
import { cuttableProxy, proxyWithoutUpgrades } from '../support/http-proxies.ts';
import { type Child, type Headwater, publishTestPicture, startHeadwater, until } from '../support/index.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';

const PICTURE = { seconds: 900, fps: 10, gop: 10 };
const SOCKET = /\/api\/v1\/events\/stream/;
const LONG_POLL = /\/api\/v1\/events\?.*waitSeconds=[1-9]/;

let server: Headwater;
let browser: Browser;
const publishers: Child[] = [];

const publish = async (name: string) => {
  publishers.push(await publishTestPicture(server, `live/${name}`, PICTURE));
};

/** The page of events, seen through a port, the sockets that it opens, and those of them that brought something. */
async function openEvents(
  port: number,
): Promise<OpenPage & { sockets: WebSocket[]; lines: WebSocket[]; polls: string[] }> {
  const opened = await openConsole(browser, { ...server, controlPort: port }, '');
  const sockets: WebSocket[] = [];
  const lines: WebSocket[] = [];
  const polls: string[] = [];
  opened.page.on('websocket', (socket) => {
    if (!SOCKET.test(socket.url())) return;
    sockets.push(socket);
    socket.once('framereceived', () => lines.push(socket));
  });
  opened.page.on('request', (request) => LONG_POLL.test(request.url()) && polls.push(request.url()));
  await opened.page.getByRole('navigation').getByRole('link', { name: 'Events' }).click();
  await opened.page.getByRole('heading', { name: 'Events' }).waitFor();
  return { ...opened, sockets, lines, polls };
}

const seen = (page: Page, name: string) => page.getByRole('link', { name: `live/${name}`, exact: true }).first();

beforeAll(async () => {
  [server, browser] = await Promise.all([startHeadwater({ rules: { domains: [OPEN_DOMAIN] } }), openBrowser()]);
  await publish('first');
}, 180_000);
afterAll(async () => {
  await browser?.close();
  for (const publisher of publishers) await publisher.stop('SIGKILL');
  await server?.stop();
});

describe('the page of events', () => {
  it('follows by WebSocket, without a poll', async () => {
    const { page, sockets, lines, polls, errors, close } = await openEvents(server.controlPort);
    await seen(page, 'first').waitFor();
    await until('the line is open', () => lines.length === 1);
    await publish('by-socket');
    await seen(page, 'by-socket').waitFor();
    expect([sockets.length, polls]).toEqual([1, []]);
    await page.getByRole('navigation').getByRole('link', { name: 'Streams' }).click();
    await until('a page that is left closes its line', () => sockets.every((socket) => socket.isClosed()));
    expect(errors).toEqual([]);
    await close();
  });

  it('follows by long polls where no WebSocket gets through', async () => {
    const proxy = await proxyWithoutUpgrades(server.controlPort);
    const { page, sockets, polls, close } = await openEvents(proxy.port);
    await until('it polls', () => polls.length > 0);
    await publish('by-poll');
    await seen(page, 'by-poll').waitFor();
    await until('it polls again', () => polls.length > 1);
    expect(sockets.length).toBe(1);
    await close();
    await proxy.close();
  });

  it('says that the server is away, and misses nothing when it is back', async () => {
    const proxy = await cuttableProxy(server.controlPort);
    const { page, lines, close } = await openEvents(proxy.port);
    await until('the line is open', () => lines.length === 1);
    await proxy.cut();
    await page.getByRole('alert').getByText('doesn’t answer').waitFor();
    await publish('missed');
    await proxy.mend();
    await seen(page, 'missed').waitFor();
    await page.getByRole('alert').waitFor({ state: 'detached' });
    await until('a line is open again', () => lines.length > 1 && lines.at(-1)?.isClosed() === false);
    await publish('after');
    await seen(page, 'after').waitFor();
    await close();
    await proxy.close();
  });

  it('keeps no more than the last 500, however many come', async () => {
    const { page, close } = await openConsole(browser, server, '');
    const at = new Date().toISOString();
    await page.routeWebSocket(SOCKET, (socket) => {
      for (let position = 1; position <= 1000; position++) {
        const event = { position, kind: 'publish', at, domain: 'd', app: 'live', stream: `s${position}`, data: {} };
        socket.send(JSON.stringify({ type: 'event', cursor: position, event }));
      }
    });
    await page.getByRole('navigation').getByRole('link', { name: 'Events' }).click();
    await page.getByRole('link', { name: 'live/s1000', exact: true }).waitFor();
    await page.getByText('200 of 500').waitFor();
    expect(await page.locator('.event').count()).toBe(200);
    await close();
  });

  it('says how long ago something was as time passes', async () => {
    const { page, close } = await openConsole(browser, server, '');
    await page.clock.install();
    let lines = 0;
    await page.routeWebSocket(SOCKET, (socket) => {
      lines += 1;
      // A line that goes on after a cursor brings nothing twice.
      if (lines > 1) return;
      const at = new Date().toISOString();
      const event = { position: 1, kind: 'publish', at, domain: 'd', app: 'live', stream: 's', data: {} };
      socket.send(JSON.stringify({ type: 'event', cursor: 1, event }));
    });
    await page.getByRole('navigation').getByRole('link', { name: 'Events' }).click();
    const event = page.locator('.event', { has: page.getByRole('link', { name: 'live/s', exact: true }) });
    await event.getByText('now', { exact: true }).waitFor();
    await page.clock.runFor(120_000);
    await until('the line, silent for so long, is opened anew', () => lines > 1);
    await event.getByText('2 minutes ago').waitFor();
    await close();
  });
});
