import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Key, newKey } from '../../support/apsara-clients.ts';
import { type OpenPage, openBrowser } from '../../support/browser.ts';
import { openConsole, seriousFindings } from '../../support/console.ts';
import { type Headwater, startHeadwater, until } from '../../support/index.ts';

const run = promisify(execFile);
/** Where the client of the snippet is found. */
const HERE = fileURLToPath(new URL('.', import.meta.url));

let server: Headwater;
let browser: Browser;
let opened: OpenPage;
let page: Page;
let key: Key;

beforeAll(async () => {
  [server, browser] = await Promise.all([startHeadwater(), openBrowser()]);
  await until('the first revision', async () => (await server.api<{ revision: number }>('/rules')).revision === 1);
  key = await newKey(server);
  opened = await openConsole(browser, server, 'explorer', { viewport: { width: 1440, height: 900 } });
  page = opened.page;
  await page.getByLabel('Action').waitFor();
}, 180_000);
afterAll(async () => {
  await opened?.close();
  await browser?.close();
  await server?.stop();
});

const textOf = async (label: string) =>
  (await page.getByRole('region', { name: label, exact: true }).textContent()) ?? '';

/** Sends what is in the form; gives what came back. */
async function send(): Promise<Record<string, unknown>> {
  const answered = page.waitForResponse((response) => new URL(response.url()).pathname === '/');
  await page.getByRole('button', { name: 'Sign and send' }).click();
  const body = (await (await answered).json()) as Record<string, unknown>;
  const id = String(body.RequestId);
  await until('it is shown', async () => (await textOf('Answer')).includes(id));
  return body;
}

async function codeIn(language: 'curl' | 'node' | 'python', label: string): Promise<string> {
  await page.getByLabel('As a program').selectOption(language);
  return textOf(label);
}

describe.each(['v3', 'v1'] as const)('the explorer, with signature %s', (signature) => {
  const domain = `play.${signature}.test`;

  it('adds a domain by a form, with tags as JSON', async () => {
    await page.getByLabel('Find').fill('addlivedomain');
    await page.getByLabel('Action').selectOption('AddLiveDomain');
    await page.getByLabel('DomainName').fill(domain);
    await page.getByLabel('LiveDomainType').selectOption('liveVideo');
    await page.getByLabel('Region').fill('cn-shanghai');
    await page.getByLabel('Key id').fill(key.id);
    await page.getByLabel('Secret').fill(key.secret);
    await page.getByLabel('Signature').selectOption(signature);
    await page.getByLabel('Tag').fill('team: news & sport*');
    await page.getByRole('button', { name: 'Sign and send' }).click();
    await page.getByText('That is no JSON of this form.').waitFor();
    await page.getByLabel('Tag').fill('[{"Key":"team","Value":"news & sport*"}]');
    expect(await send()).toEqual({ RequestId: expect.any(String) });
    const made = await server.api<{ tags: object }>(`/domains/${domain}`);
    expect(made.tags).toEqual({ team: 'news & sport*' });
    expect(await textOf('String that was signed')).toMatch(signature === 'v1' ? /^GET&%2F&/ : /^ACS3-HMAC-SHA256\n/);
  });

  it('shows code that does the same call', async () => {
    await page.getByLabel('Find').fill('');
    await page.getByLabel('Action').selectOption('DescribeLiveDomainDetail');
    expect(await send()).toMatchObject({ DomainDetail: { DomainName: domain } });
    const curl = await codeIn('curl', 'curl');
    const { stdout } = await run('bash', ['-c', `${curl} --silent`]);
    expect(JSON.parse(stdout)).toMatchObject({ DomainDetail: { DomainName: domain } });
    const again = await run('bash', ['-c', `${curl} --silent`]);
    expect(JSON.parse(again.stdout)).toMatchObject({ Code: 'SignatureNonceUsed' });

    const file = `${HERE}explorer-snippet-${signature}.tmp.mjs`;
    await writeFile(file, await codeIn('node', 'Node.js'));
    try {
      const env = { ...process.env, ACCESS_KEY_ID: key.id, ACCESS_KEY_SECRET: key.secret };
      const done = await run(process.execPath, [file], { env });
      expect(JSON.parse(done.stdout)).toMatchObject({ DomainDetail: { DomainName: domain } });
    } finally {
      await rm(file);
    }
    const python = await codeIn('python', 'Python');
    await run('python3', ['-c', 'import ast, sys; ast.parse(sys.argv[1])', python]);
    expect(python).toContain(`request.add_query_param("DomainName", "${domain}")`);
    expect(curl).not.toContain(key.secret);
  });

  it('shows what the server says of a wrong secret', async () => {
    await page.getByLabel('Secret').fill('x'.repeat(32));
    const { Code, Message } = await send();
    expect(Code).toBe('SignatureDoesNotMatch');
    const signed = await textOf('String that was signed');
    expect(String(Message)).toContain(signed);
  });
});

describe('the page', () => {
  it('keeps no secret, and nothing of it breaks', async () => {
    const kept = await page.evaluate<string>(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href])',
    );
    expect(kept).not.toContain(key.secret);
    expect(await seriousFindings(page)).toEqual([]);
    expect(opened.errors).toEqual([]);
  });
});
