import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, Page } from 'playwright-core';
import { type OpenPage, openPage } from './browser.ts';
import type { Headwater } from './headwater.ts';

export function consoleUrl(server: Headwater, path = ''): string {
  return `http://127.0.0.1:${server.controlPort}/console/${path}`;
}

/** Opens a page of the console, signed in as admin. */
export async function openConsole(
  browser: Browser,
  server: Headwater,
  path: string,
  options: Parameters<typeof openPage>[2] = {},
): Promise<OpenPage> {
  const opened = await openPage(browser, consoleUrl(server, path), options);
  const { page } = opened;
  await page.locator('input[type=password]').fill(server.secrets.adminPassword);
  await page.locator('button[type=submit]').click();
  await page.locator('nav').waitFor({ state: 'attached' });
  await page.locator('main h1').waitFor();
  return opened;
}

type Violation = { readonly id: string; readonly impact: string; readonly nodes: readonly { readonly html: string }[] };

/** What axe-core finds by all of its rules, or some, that is serious or critical, as `rule: element`. */
export async function seriousFindings(page: Page, rules?: readonly string[]): Promise<string[]> {
  const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  await page.evaluate(source);
  const found = await page.evaluate<Violation[]>(
    `axe.run(document, ${JSON.stringify(rules ? { runOnly: rules } : {})}).then(({ violations }) => violations)`,
  );
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html.slice(0, 200)}`));
}
