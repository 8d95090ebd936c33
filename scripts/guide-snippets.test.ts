import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const GUIDES = fileURLToPath(new URL('../docs/guides/', import.meta.url));
const SHOWN = /^### .*\[([\w.]+)\]\(snippets\/\1\)\n\n```\w+\n([\s\S]*?)^```$/gm;

describe('docs/guides/signing.md', () => {
  it('shows the snippets as they are in their files, all of them', () => {
    const page = readFileSync(`${GUIDES}signing.md`, 'utf8');
    const shown = new Map([...page.matchAll(SHOWN)].map(([, name = '', text = '']) => [name, text]));
    const names = readdirSync(`${GUIDES}snippets`);
    expect([...shown.keys()].sort()).toEqual(names.sort());
    for (const name of names) expect(shown.get(name), name).toBe(readFileSync(`${GUIDES}snippets/${name}`, 'utf8'));
  });
});
