import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { JOIN, REBUFFER } from './slo.ts';

it('the service levels are those of the rules of Prometheus', () => {
  const rules = readFileSync(new URL('../../../config/prometheus/headwater-slo.rules.yml', import.meta.url), 'utf8');
  const [, join, joinSeconds] = /join {2,}(\d+) % of viewers .* within (\d+) s/.exec(rules) ?? [];
  const [, rebuffer, stalledPercent] = /rebuffer {2,}(\d+) % of player reports have at most (\d+) %/.exec(rules) ?? [];
  expect(JOIN).toEqual({ objective: Number(join) / 100, withinMs: Number(joinSeconds) * 1000 });
  expect(REBUFFER).toEqual({ objective: Number(rebuffer) / 100, stalledShare: Number(stalledPercent) / 100 });
  expect(rules).toContain(`headwater_join_seconds_bucket{le="${JOIN.withinMs / 1000}"}`);
  expect(rules).toContain(`headwater_player_rebuffer_ratio_bucket{le="${REBUFFER.stalledShare}"}`);
});
