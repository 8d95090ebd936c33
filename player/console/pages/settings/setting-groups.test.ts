import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { readNodeSettings } from './read-settings.ts';
import { fittingSettings, groupOf } from './setting-groups.ts';
import { CHINESE_EXPLANATIONS } from './setting-words-zh.ts';

const defaults: unknown = parse(readFileSync(new URL('../../../../config/default.yml', import.meta.url), 'utf8'));

function pathsOf(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([name, each]) => pathsOf(each, path === '' ? name : `${path}.${name}`));
}
const paths = pathsOf(defaults, '');

it('every setting has its group, and is explained in Chinese', () => {
  expect(paths.filter((path) => groupOf({ path }) === 'others')).toEqual([]);
  expect(Object.keys(CHINESE_EXPLANATIONS).toSorted()).toEqual(paths.toSorted());
});

it('fittingSettings finds by name, variable, words and value', () => {
  const { settings } = readNodeSettings({
    settings: [
      {
        path: 'rtmp.port',
        variable: 'HEADWATER_RTMP_PORT',
        explanation: 'The port of RTMP.',
        value: 1940,
        from: 'file',
      },
      { path: 'storages', explanation: 'Places.', value: [{ name: 'cloud', prefix: null }], from: 'default' },
      { path: '__proto__', from: 'default' },
    ],
  });
  const found = (search: string, isSetOnly = false) =>
    fittingSettings(settings, { search, isSetOnly }, () => '端口').map(({ path }) => path);
  expect(found('')).toHaveLength(3);
  expect(found('', true)).toEqual(['rtmp.port']);
  expect(found('PORT rtmp')).toEqual(['rtmp.port']);
  expect(found('1940')).toEqual(['rtmp.port']);
  expect(found('端口')).toHaveLength(3);
  expect(found('name: cloud')).toEqual(['storages']);
  expect(found('nothing')).toEqual([]);
  expect(settings.map(groupOf)).toEqual(['doors', 'folders', 'others']);
});
