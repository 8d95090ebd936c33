import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CODE_TABLE } from '../src/alarm/index.ts';
import { ALARM_CODES } from '../src/rules/index.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const RUNBOOKS = join(ROOT, 'docs', 'runbooks');
const SECTIONS = ['## What viewers notice', '## How to see it', '## What to do', '## How it clears'];

type Alert = { readonly alert?: string; readonly annotations?: { readonly runbook_url?: string } };

function alerts(): Alert[] {
  const folder = join(ROOT, 'config', 'prometheus');
  const files = readdirSync(folder).filter((name) => name.endsWith('.rules.yml'));
  type Rules = { groups: { rules: Alert[] }[] };
  return files
    .flatMap((name) => (parse(readFileSync(join(folder, name), 'utf8')) as Rules).groups)
    .flatMap(({ rules }) => rules.filter(({ alert }) => alert !== undefined));
}

const hasPage = (path: string) => readFileSync(join(ROOT, path), 'utf8').startsWith('# ');

describe('docs/runbooks', () => {
  it.each(ALARM_CODES)('says what to do about %s', (code) => {
    const page = readFileSync(join(RUNBOOKS, `${code}.md`), 'utf8');
    expect(page.split('\n')[0]).toBe(`# ${code}: ${CODE_TABLE[code].title}`);
    expect(page.split('\n').filter((line) => line.startsWith('## '))).toEqual(SECTIONS);
  });

  it('has a page for every alert of Prometheus', () => {
    const all = alerts();
    expect(all.length).toBeGreaterThan(15);
    for (const { alert = '', annotations } of all) {
      const url = annotations?.runbook_url ?? '';
      const paths = url.includes('{{ $labels.code }}')
        ? ALARM_CODES.map((code) => url.replace('{{ $labels.code }}', code))
        : [url];
      for (const path of paths) expect(hasPage(path), `${alert}: ${path}`).toBe(true);
    }
  });

  it('leads to every page from its list, and nowhere else', () => {
    const list = readFileSync(join(RUNBOOKS, 'README.md'), 'utf8');
    const named = [...list.matchAll(/\]\(([A-Z_]+\.md)\)/g)].map(([, name]) => name);
    const pages = readdirSync(RUNBOOKS).filter((name) => name !== 'README.md');
    expect(named.toSorted()).toEqual(pages.toSorted());
  });
});

describe('docs/alarms.md', () => {
  it('has every code as it is handled', () => {
    const page = readFileSync(join(ROOT, 'docs', 'alarms.md'), 'utf8');
    for (const code of ALARM_CODES) {
      const { severity, holdSeconds, clearSeconds, threshold, unit, title } = CODE_TABLE[code];
      const limit = threshold === undefined ? '' : `${threshold} ${unit}`;
      const cells = [
        `[\`${code}\`](runbooks/${code}.md)`,
        severity,
        `${holdSeconds} s`,
        `${clearSeconds} s`,
        limit,
        title,
      ];
      expect(page).toContain(`| ${cells.join(' | ')} |`);
    }
  });
});
