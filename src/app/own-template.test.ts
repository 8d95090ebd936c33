import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { StreamId } from '../live/index.ts';
import { compileRules, type RulesInput } from '../rules/index.ts';
import { ownTemplate } from './own-template.ts';

const STORAGE = 'recordings';
const FILE = 'record/{AppName}/{StreamName}/{Sequence}_{EscapedStartTime}_{EscapedEndTime}';
const record = { enabled: true };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headwater-own-template-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

function ownTemplateBy(streams: RulesInput['streams']) {
  const result = compileRules({ streams, domains: [{ name: 'first.test' }, { name: 'second.test' }] });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  const { compiled } = result;
  const settingsOf = (id: StreamId) => compiled.settingsFor(id.domain, id.app, id.name);
  const folderOf = ({ domain, app, name }: StreamId) => join(folder, domain, app, name);
  return ownTemplate({ rules: () => compiled, archive: { folderOf }, settingsOf });
}

const demoIn = (domain: string) => ({ domain, app: 'live', name: 'demo' });
const archived = (domain: string) => mkdir(join(folder, domain, 'live', 'demo'), { recursive: true });

it('has the domain where a domain before has recordings of these names', async () => {
  const own = ownTemplateBy([{ record }]);
  expect(await own(demoIn('second.test'), STORAGE, FILE)).toBe(FILE);
  await archived('second.test');
  await archived('first.test');
  expect(await own(demoIn('second.test'), STORAGE, FILE)).toBe(`${FILE}_{DomainName}`);
  expect(await own(demoIn('first.test'), STORAGE, FILE)).toBe(FILE);
  expect(await own({ ...demoIn('second.test'), name: 'other' }, STORAGE, FILE)).toBe(FILE);
});

it.each<[string, RulesInput['streams'], string, string]>([
  ['the name has the domain already', [{ record }], STORAGE, `{DomainName}/${FILE}`],
  ['the other domain is not recorded', [{ match: { domain: 'second.test' }, record }], STORAGE, FILE],
  ['the other domain has other names', [{ record }], STORAGE, `own/${FILE}`],
  ['the other domain has another storage', [{ record }], 'bucket', FILE],
])('is as the rule says where %s', async (_, streams, storage, template) => {
  await archived('first.test');
  expect(await ownTemplateBy(streams)(demoIn('second.test'), storage, template)).toBe(template);
});
