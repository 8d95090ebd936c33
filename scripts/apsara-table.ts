import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { actionTables } from './apsara-table/table.ts';

// Writes the tables of actions into docs/apsaravideo.md, from what is served.
const file = fileURLToPath(new URL('../docs/apsaravideo.md', import.meta.url));
const text = readFileSync(file, 'utf8');
const head = text.slice(0, text.indexOf('## Actions of'));
writeFileSync(file, `${head}${actionTables()}`);
