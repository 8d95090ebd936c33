import { readFileSync } from 'node:fs';
import { LIVE } from '../../src/server/apsara/index.ts';
import { reasonOf } from './reasons.ts';

const NAMES = new URL('../../test/fixtures/apsara/live-2016-11-01.tsv', import.meta.url);
const NOT_YET = 'not here yet';

/** All actions of ApsaraVideo Live, by their names. */
export function allActions(): string[] {
  const [, ...lines] = readFileSync(NAMES, 'utf8').trimEnd().split('\n');
  return lines.map((line) => line.slice(0, line.indexOf('\t')));
}

/** The table of docs/apsaravideo.md: what each action does here, in what it differs, or why it is not here. */
export function actionTable(): string {
  const served = new Map(LIVE.actions.map((each) => [each.name, each]));
  const all = allActions();
  const rows = all.map((name) => {
    const action = served.get(name);
    if (action === undefined) return `| ${name} | no | ${reasonOf(name) ?? NOT_YET} |`;
    const { summary, differs } = action;
    return `| **${name}** | ${differs === undefined ? 'works' : 'differs'} | ${summary}${differs === undefined ? '' : `; ${differs}`} |`;
  });
  const counts = `${served.size} of ${all.length} actions are served.`;
  return [counts, '', '| Action | Here | What it does, or why it is not here |', '|---|---|---|', ...rows, ''].join(
    '\n',
  );
}
