import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/metrics/index.ts';
import { runToEnd } from '../support/index.ts';

const CONFIG = fileURLToPath(new URL('../../config', import.meta.url));
const PROMETHEUS = join(CONFIG, 'prometheus');
const DASHBOARDS = join(CONFIG, 'grafana', 'dashboards');

const promtool = (...args: string[]) => runToEnd('promtool', args);
const rulesFiles = readdirSync(PROMETHEUS).filter((name) => name.endsWith('.rules.yml'));
const read = (folder: string, name: string) => readFileSync(join(folder, name), 'utf8');

/** All texts that hang below any key of the given name. */
function textsAt(key: string, value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, below]) =>
    name === key && typeof below === 'string' ? [below] : textsAt(key, below),
  );
}

describe('config/prometheus', () => {
  it.each(['prometheus.yml', 'prometheus-cluster.yml'])('%s is a configuration that Prometheus takes', async (name) => {
    await promtool('check', 'config', join(PROMETHEUS, name));
  });

  it('has rules without doubles', async () => {
    expect(rulesFiles).toEqual(['headwater-alerts.rules.yml', 'headwater-slo.rules.yml']);
    await promtool('check', 'rules', '--lint-fatal', ...rulesFiles.map((name) => join(PROMETHEUS, name)));
  });

  it('alerts when it should', async () => {
    await promtool('test', 'rules', join(PROMETHEUS, 'headwater.test.yml'));
  });
});

describe('config/grafana', () => {
  const dashboard: unknown = JSON.parse(read(DASHBOARDS, 'headwater.json'));

  it('asks in expressions that Prometheus can read', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'headwater-dashboard-'));
    const rules = textsAt('expr', dashboard).map((expr, index) => ({
      record: `panel:${index}`,
      expr: expr.replaceAll('$__rate_interval', '1m').replaceAll('$instance', '.*'),
    }));
    writeFileSync(join(folder, 'panels.json'), JSON.stringify({ groups: [{ name: 'panels', rules }] }));
    try {
      expect(rules.length).toBeGreaterThan(20);
      await promtool('check', 'rules', join(folder, 'panels.json'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('has panels that do not lie on each other', () => {
    const { panels } = dashboard as {
      panels: { id: number; gridPos: { x: number; y: number; w: number; h: number } }[];
    };
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  });
});

describe('rules and dashboard', () => {
  it('name only metrics that the server has', async () => {
    const known = (await createMetrics().registry.getMetricsAsJSON()).flatMap(({ name }) =>
      ['', '_bucket', '_count', '_sum'].map((suffix) => name + suffix),
    );
    const texts = [...rulesFiles.map((name) => read(PROMETHEUS, name)), read(DASHBOARDS, 'headwater.json')];
    const named = new Set(texts.flatMap((text) => text.match(/\bheadwater_[a-z_]+/g) ?? []));
    expect([...named].filter((name) => !known.includes(name))).toEqual([]);
    expect(named.size).toBeGreaterThan(20);
  });
});
