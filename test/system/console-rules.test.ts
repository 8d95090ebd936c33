import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenPage, openBrowser } from '../support/browser.ts';
import { consoleUrl, openConsole } from '../support/console.ts';
import { type Headwater, startHeadwater, until } from '../support/index.ts';

const DOMAIN = 'play.shop.test';
const EVIL = '<img src=x onerror=alert(1)>';

let server: Headwater;
let browser: Browser;
let opened: OpenPage;
let page: Page;
let firstKey: string;

beforeAll(async () => {
  [server, browser] = await Promise.all([startHeadwater(), openBrowser()]);
  await until('the first revision', async () => (await server.api<{ revision: number }>('/rules')).revision === 1);
  opened = await openConsole(browser, server, 'domains', { viewport: { width: 1440, height: 900 } });
  page = opened.page;
}, 180_000);
afterAll(async () => {
  await opened?.close();
  await browser?.close();
  await server?.stop();
});

const press = (name: string) => page.getByRole('button', { name, exact: true }).click();
const unfold = (place: string) => page.locator(`#form-${place} > summary`).click();
const go = async (path: string, heading: string) => {
  await page.goto(consoleUrl(server, path));
  await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor();
};

type Domain = {
  readonly name: string;
  readonly play: { readonly auth: { readonly type: string; readonly key1: string } };
};
const domains = async () => (await server.api<{ domains: readonly Domain[] }>('/domains')).domains;

describe('rules in the console', () => {
  it('adds a domain that signs playback, and says at its field what is wrong before', async () => {
    await press('New domain');
    await page.getByLabel('Name').first().fill('no host name!');
    await press('Save');
    await page.getByText('must be a host name such as live.example.com, or default').first().waitFor();
    await page.getByLabel('Name').first().fill(DOMAIN);
    await unfold('play');
    await unfold('play-auth');
    await page.locator('#form-play-auth-type').selectOption('type_a');
    await page
      .locator('.field', { has: page.locator('#form-play-auth-key1') })
      .getByRole('button', { name: 'Make one' })
      .click();
    firstKey = await page.locator('#form-play-auth-key1').inputValue();
    expect(firstKey).toMatch(/^[A-Za-z2-9]{32}$/);
    await page.getByText('This is right as it is.').waitFor();
    await page.getByLabel('Why').fill('a new shop');
    await press('Save');
    await page.getByRole('heading', { level: 1, name: DOMAIN }).waitFor();
    expect(await domains()).toMatchObject([{ name: 'default' }, { name: DOMAIN, play: { auth: { type: 'type_a' } } }]);
  });

  it('gives it a new key without a gap', async () => {
    await page.reload();
    await press('Next step for Play URLs');
    await page.getByText('A new backup key is there. Give it to everybody who signs.').waitFor();
    await press('Next step for Play URLs');
    await page.getByText('The backup key is now the main one.').waitFor();
    const { play } = (await domains()).find(({ name }) => name === DOMAIN) as Domain;
    expect(play.auth.key1).not.toBe(firstKey);
  });

  it('makes a rule for streams, and shows what holds for one', async () => {
    await go('stream-rules/+', 'New stream rule');
    await unfold('match');
    await page.locator('#form-match-app').fill('shows');
    await unfold('record');
    await page.locator('#form-record-enabled').selectOption('true');
    await unfold('record-formats');
    await press('Add');
    await page.locator('#form-record-formats-0-form').selectOption({ label: 'mp4' });
    await press('Save');
    await page.getByRole('heading', { level: 1, name: '* / shows / *' }).waitFor();
    await go('rules', 'Effective rules');
    await page.getByLabel('App').fill('shows');
    await press('Show');
    await page.getByRole('link', { name: '*~shows~*' }).waitFor();
  });

  it('tells the slower of two people that the other was faster', async () => {
    await go(`domains/${DOMAIN}`, DOMAIN);
    await page.getByLabel('Why').waitFor(); // It has read the object when its fields are there: the heading is before that.
    const current = await server.api<object>(`/domains/${DOMAIN}`);
    await server.api(`/domains/${DOMAIN}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        ...current,
        origin: undefined,
        aliasUse: undefined,
        ingest: [`push-${Date.now()}.shop.test`],
      }),
    });
    await page.getByLabel('Why').fill('too late');
    await press('Save');
    await page.getByText('Somebody else changed this in the meantime.').waitFor();
  });

  it('rolls a revision back', async () => {
    await go('revisions', 'Revisions');
    const before = page.getByRole('row').filter({ hasText: 'first revision' });
    await before.getByRole('button', { name: 'Roll back to this' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Roll back to this' }).click();
    await page.getByRole('cell', { name: 'back to revision 1', exact: true }).waitFor();
    expect((await domains()).map(({ name }) => name)).toEqual(['default']);
    const newest = page.getByRole('row').filter({ hasText: 'back to revision 1' });
    await newest.getByRole('button', { name: 'What changed' }).click();
    await page.getByRole('dialog').getByText(`domains[${DOMAIN}]`).first().waitFor();
    await page.keyboard.press('Escape');
  });

  it('makes a user and an access key, whose notes are text, and has it in the audit log', async () => {
    await go('users', 'Users');
    await press('New user');
    await page.getByRole('dialog').getByLabel('Name').fill('robot');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('cell', { name: 'robot' }).waitFor();
    await go('access-keys', 'Access keys');
    await press('New access key');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('User').selectOption({ label: 'robot' });
    await dialog.getByLabel('For what').fill(EVIL);
    await dialog.getByRole('button', { name: 'Make the key' }).click();
    await dialog.getByText('The secret is shown this once: copy it now.').waitFor();
    await page.keyboard.press('Escape');
    await page.getByText(EVIL).waitFor();
    await go('audit', 'Audit log');
    await page.getByRole('cell', { name: 'keys:write' }).first().waitFor();
    await press('Check the chain');
    await page.getByText('none was changed or removed').waitFor();
    expect(await page.locator('img[src=x]').count()).toBe(0);
  });

  it('had nothing go wrong on the way but what it was refused', () => {
    expect(opened.errors.filter((error) => !/\b(400|401|412)\b/.test(error))).toEqual([]);
  });
});
