import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TRANSCODE_FIELDS } from '../../player/console/pages/media-templates/fields.ts';
import type { Field } from '../../player/console/schema-form/field.ts';
import { openBrowser } from '../support/browser.ts';
import { consoleUrl, openConsole, seriousFindings } from '../support/console.ts';
import { type Headwater, startHeadwater, tempDir, until } from '../support/index.ts';
import { makeFilm } from '../support/media.ts';
import { OPEN_DOMAIN } from '../support/open-server.ts';

const LOOK = `name: look
description: Says what a file is
input:
  source: { type: object }
steps:
  - name: look
    action: probe
    with: { source: "\${input.source}" }
`;

let home: Awaited<ReturnType<typeof tempDir>>;
let media: string;
let server: Headwater;
let browser: Browser;

beforeAll(async () => {
  home = await tempDir('console-media');
  media = join(home.path, 'media');
  await mkdir(join(media, 'uploads'), { recursive: true });
  await makeFilm(join(media, 'uploads/film.mov'), { seconds: 8 });
  [server, browser] = await Promise.all([
    startHeadwater({
      rules: { domains: [OPEN_DOMAIN] },
      env: { HEADWATER_RECORDINGS_DIR: media, HEADWATER_UPLOAD_PORT: '0', HEADWATER_MEDIA_ROOTS: home.path },
    }),
    openBrowser(),
  ]);
}, 240_000);

afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await home?.remove();
});

const post = async (path: string, body: object): Promise<{ status: number; body: Record<string, unknown> }> => {
  const answer = await fetch(`http://127.0.0.1:${server.controlPort}/api/v1${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${server.secrets.adminPassword}` },
    body: JSON.stringify(body),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};

/** Nothing moves, so that colours are what they will be. */
const open = (path: string) =>
  openConsole(browser, server, path, { reducedMotion: 'reduce', colorScheme: 'light', locale: 'en-GB' });

/** In both widths and colours, and no wider than the screen. */
async function isForEverybody(page: Page): Promise<void> {
  for (const width of [390, 1440]) {
    await page.setViewportSize({ width, height: 900 });
    expect(await seriousFindings(page), `${page.url()} at ${width}`).toEqual([]);
    const overflow = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate<number>(overflow), `${page.url()} is as wide as the screen`).toBeLessThanOrEqual(0);
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await seriousFindings(page, ['color-contrast']), `${page.url()} in the dark`).toEqual([]);
    await page.emulateMedia({ colorScheme: 'light' });
  }
}

describe('a workflow in the console', () => {
  it('is started with the shipped input, and shows five steps that finish', async () => {
    const { page, errors, close } = await open('workflows');
    await page.getByRole('link', { name: 'cloudflow' }).click();
    const input = JSON.parse(await page.getByLabel('Input').inputValue()) as object;
    expect(input).toEqual(JSON.parse(await readFile('config/workflows/cloudflow.input.json', 'utf8')));
    await page.getByLabel('Input').fill(JSON.stringify({ ...input, segmentTimeSeconds: 4 }, null, 2));
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('heading', { name: 'Run of cloudflow' }).waitFor();
    const steps = page.locator('.card > .job-steps > li');
    await page.locator('.page-title .pill', { hasText: 'succeeded' }).waitFor({ timeout: 240_000 });
    expect(await steps.locator('> .job-step-head > strong').allTextContents()).toEqual([
      ...['split', 'transcode', 'merge', 'after-process', 'cleanup'],
    ]);
    expect(await page.locator('.card > .job-steps > li.is-succeeded').count()).toBe(5);
    await steps.nth(1).getByText('One by one').click();
    expect(await steps.nth(1).locator('li.is-succeeded').count()).toBeGreaterThan(2);
    await steps.nth(0).getByText('What it gave').click();
    await steps.nth(0).getByRole('region', { name: 'What it gave' }).getByText('"parts"').waitFor();
    for (const format of ['mp4', 'flv', 'avi']) {
      expect((await stat(join(media, `outputs/film/film.${format}`))).size).toBeGreaterThan(10_000);
    }
    await isForEverybody(page);
    await page.getByRole('link', { name: 'Start another with this input' }).click();
    await until('the input is the same', async () => {
      return (await page.getByLabel('Input').inputValue()).includes('"segmentTimeSeconds": 4') || undefined;
    });
    await isForEverybody(page);
    expect(errors).toEqual([]);
    await close();
  });

  it('is checked while it is written, each flaw at its line, and gets versions and an alias', async () => {
    const { page, errors, close } = await open('workflow-editor');
    const text = page.getByLabel('Definition');
    await page.getByText('my-workflow is right').waitFor();
    await text.fill(LOOK.replace('action: probe', 'action: fly').replace('input.source', 'input.sauce'));
    await page.getByRole('button', { name: 'Line 7' }).waitFor();
    await page.getByText('fly is none').waitFor();
    expect(await page.locator('.code-lines .is-wrong').allTextContents()).toEqual(['7', '8']);
    expect(await page.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Line 7' }).click();
    const SELECTED = `(({ value, selectionStart: at, selectionEnd }) => value.slice(at, selectionEnd))(document.activeElement)`;
    expect(await page.evaluate<string>(SELECTED)).toBe('fly');
    await isForEverybody(page);
    await text.fill(LOOK);
    await page.getByText('look is right: look').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'look' }).waitFor();

    await page.getByRole('button', { name: 'New version' }).click();
    await page.getByLabel('Definition').fill(LOOK.replace('Says what', 'Says again what'));
    await page.getByRole('button', { name: 'Publish' }).click();
    await page.getByText('Says again what').first().waitFor();
    await page.getByRole('button', { name: 'New alias' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Its runs go to').selectOption('1');
    await dialog.getByLabel('Some of them go to').selectOption('2');
    await dialog.getByLabel('So many of a hundred').fill('25');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('version 1; 25 % to version 2').waitFor();
    expect(errors).toEqual([]);
    await close();
  });

  it('is set off by a trigger that was made here; one that cannot look says why', async () => {
    const { page, errors, close } = await open('triggers/+');
    await page.getByLabel('Starts').selectOption('look');
    await page.getByLabel('What it watches').selectOption('prefix');
    await page.getByLabel('Storage').selectOption('recordings');
    await page.getByLabel('Prefix').fill('in/');
    await page.getByLabel('Every').fill('0.3');
    await page.getByLabel('Still').fill('0');
    await isForEverybody(page);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Nothing has set it off yet.').waitFor();
    await mkdir(join(media, 'in'));
    await writeFile(join(media, 'in/film.mov'), await readFile(join(media, 'uploads/film.mov')));
    await page.getByRole('link', { name: 'in/film.mov' }).waitFor();
    await page.getByRole('link', { name: 'in/film.mov' }).click();
    await page.locator('.page-title .pill', { hasText: 'succeeded' }).waitFor();

    const settings = { kind: 'folder', folder: join(home.path, 'none'), input: { source: '$' + '{event.source}' } };
    expect((await post('/workflow-triggers', { workflow: 'look', settings })).status).toBe(201);
    await until('the trouble is said', async () => {
      await page.goto(consoleUrl(server, 'triggers'));
      await page.locator('table.data').waitFor();
      return (await page.getByText('cannot be read; make it').count()) > 0 || undefined;
    });
    await isForEverybody(page);
    await page.getByRole('button', { name: 'Switch off' }).first().click();
    await page.getByRole('button', { name: 'Switch on' }).waitFor();
    expect(errors).toEqual([]);
    await close();
  });
});

describe('templates of media in the console', () => {
  it('are made by a form, named by a group, and an upload with the group is made by them', async () => {
    const { page, errors, close } = await open('media-templates/transcode/+');
    await page.getByLabel('Name', { exact: true }).fill('Small');
    await page.getByLabel('Id', { exact: true }).fill('small');
    await page.getByLabel('Height (px)').fill('96');
    await page.getByLabel('Quality (CRF)').first().fill('52');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.locator('.field', { hasText: 'Quality (CRF)' }).getByText('must be from 0 to 51').waitFor();
    await page.getByLabel('Quality (CRF)').first().fill('40');
    await isForEverybody(page);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('No group names it').waitFor();

    await page.goto(consoleUrl(server, 'media-templates/group/+'));
    await page.getByLabel('Name', { exact: true }).fill('Little');
    await page.getByLabel('Id', { exact: true }).fill('little');
    await page.getByLabel('Template; none for the fields below').selectOption({ label: 'Small' });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('No asset has it.').waitFor();
    await page.goto(consoleUrl(server, 'media-templates/transcode/small'));
    await page.getByRole('link', { name: 'Little' }).waitFor();

    await page.goto(consoleUrl(server, 'library'));
    await page.getByLabel('Template group').selectOption('little');
    await page.locator('input[type=file]').setInputFiles({
      ...{ name: 'evening.mov', mimeType: 'video/quicktime' },
      buffer: await readFile(join(media, 'uploads/film.mov')),
    });
    await page.getByRole('link', { name: 'evening.mov' }).first().click();
    await page.locator('.page-title .pill', { hasText: 'ready' }).waitFor({ timeout: 120_000 });
    const id = page.url().split('/').at(-1);
    const { files } = await server.api<{ files: { role: string; height?: number; definition?: string }[] }>(
      `/assets/${id}/files`,
    );
    const renditions = files.filter(({ role }) => role === 'rendition');
    expect(renditions).toHaveLength(1);
    expect(renditions[0]).toMatchObject({ definition: 'HD', height: 96 });
    await page.goto(consoleUrl(server, 'media-templates/group/little'));
    await page.getByRole('link', { name: 'evening.mov' }).waitFor();
    await isForEverybody(page);
    expect(errors).toEqual([]);
    await close();
  });

  it('have no field in the form that the server does not know', async () => {
    const unknown: string[] = [];
    for (const body of leavesOf(TRANSCODE_FIELDS)) {
      const answer = await post('/media/templates/transcode', {
        name: 'x',
        body: { Container: { Format: 'mp4' }, ...body },
      });
      const detail = String(answer.body.detail ?? '');
      if (detail.includes('is no field')) unknown.push(detail);
    }
    expect(unknown).toEqual([]);
  });
});

/** Bodies with one field each, such as `{ Video: { Width: '1' } }`. */
function leavesOf(field: Field): Record<string, unknown>[] {
  if (field.kind !== 'group') return [];
  return field.members.flatMap(({ name, field: each }): Record<string, unknown>[] =>
    each.kind === 'group' ? leavesOf(each).map((leaf) => ({ [name]: leaf })) : [{ [name]: '1' }],
  );
}

describe('pipelines, categories and imports in the console', () => {
  it('makes a pipeline with a quota, pauses it and deletes it', async () => {
    const { page, errors, close } = await open('pipelines');
    await page.locator('.pill', { hasText: 'working' }).first().waitFor();
    await page.getByRole('button', { name: 'New pipeline' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Id', { exact: true }).fill('night');
    await dialog.getByLabel('Steps at the same time').fill('3');
    await isForEverybody(page);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByText('0 of 3').waitFor();
    await page.getByRole('button', { name: 'Pause: night' }).click();
    await page.getByRole('button', { name: 'Resume: night' }).waitFor();
    await page.getByRole('button', { name: 'Delete: night' }).click();
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('0 of 3').waitFor({ state: 'detached' });
    expect(errors).toEqual([]);
    await close();
  });

  it('makes a tree of categories, renames a branch and moves what is in one before it is deleted', async () => {
    const { page, errors, close } = await open('categories');
    const dialog = page.getByRole('dialog');
    const save = async (name: string) => {
      await dialog.getByLabel('Name').fill(name);
      await dialog.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('link', { name }).waitFor();
    };
    await page.getByRole('button', { name: 'New category' }).first().click();
    await save('News');
    await page.getByRole('button', { name: 'Add below: News' }).click();
    await save('Evening');
    await page.getByRole('button', { name: 'Change: Evening' }).click();
    await save('Night');
    await isForEverybody(page);
    await page.getByRole('button', { name: 'Delete: Night' }).click();
    await dialog.getByLabel('What is in it goes to').selectOption({ label: 'News' });
    await dialog.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('link', { name: 'Night' }).waitFor({ state: 'detached' });
    expect(errors).toEqual([]);
    await close();
  });

  it('looks a table over before it imports, and deletes an asset for good that is still processed', async () => {
    const { page, errors, close } = await open('imports');
    await page.getByLabel('CSV').fill('object,title\nuploads/film.mov,A film\nuploads/none.mov,None\n');
    expect(await page.getByRole('button', { name: 'Import' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Look it over' }).click();
    await page.getByText('1 line can be imported, 1 cannot.').waitFor();
    await isForEverybody(page);
    await page.getByRole('button', { name: 'Import 1 line' }).click();
    await page.getByText('registered').first().waitFor();
    await page.getByRole('link', { name: 'A film' }).click();
    // What is being done with it ends first.
    await page.getByRole('button', { name: 'Into the trash' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Into the trash' }).click();
    await page.getByRole('button', { name: 'Delete for good' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete for good' }).click();
    await page.getByRole('heading', { name: 'Library' }).waitFor();
    const { assets } = await server.api<{ assets: { title: string }[] }>('/assets?trashed=true');
    expect(assets.map(({ title }) => title)).not.toContain('A film');
    expect(errors).toEqual([]);
    await close();
  });
});
