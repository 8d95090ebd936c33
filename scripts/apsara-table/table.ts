import { readFileSync } from 'node:fs';
import { SERVICES, type Service } from '../../src/server/apsara/index.ts';
import { reasonOf } from './reasons.ts';

const NOT_YET = 'not here yet';

/** Where the names and types of a service's actions stand, below test/fixtures/apsara: `live-2016-11-01`. */
export function tableOf({ version }: Pick<Service, 'version'>): string {
  return TABLES.get(version) ?? '';
}

const TABLES = new Map(
  ['live-2016-11-01', 'vod-2017-03-21', 'mts-2014-06-18'].map((each) => [each.slice(each.indexOf('-') + 1), each]),
);

/** All actions of a service of ApsaraVideo, by their names. */
export function allActions(service: Service): string[] {
  const file = new URL(`../../test/fixtures/apsara/${tableOf(service)}.tsv`, import.meta.url);
  const [, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  return lines.map((line) => line.slice(0, line.indexOf('\t')));
}

/** The tables of docs/apsaravideo.md: what each action does here, in what it differs, or why it is not here. */
export function actionTables(): string {
  return SERVICES.map((service) => `## Actions of ${service.name}\n\n${actionTable(service)}`).join('\n');
}

function actionTable(service: Service): string {
  const served = new Map(service.actions.map((each) => [each.name, each]));
  const all = allActions(service);
  const rows = all.map((name) => {
    const action = served.get(name);
    if (action === undefined) return `| ${name} | no | ${reasonOf(service.version, name) ?? NOT_YET} |`;
    const { summary, differs } = action;
    return `| **${name}** | ${differs === undefined ? 'works' : 'differs'} | ${summary}${differs === undefined ? '' : `; ${differs}`} |`;
  });
  const counts = `${served.size} of ${all.length} actions of version ${service.version} are served.`;
  return [counts, '', '| Action | Here | What it does, or why it is not here |', '|---|---|---|', ...rows, ''].join(
    '\n',
  );
}
