import { describe, expect, it } from 'vitest';
import { contentFindings } from './content-findings.ts';

const LIMITS = { blackSeconds: 15, frozenSeconds: 60, silentSeconds: 20 };
const WELL = { blackMs: 0, frozenMs: 0, silentMs: 0 };

describe('contentFindings', () => {
  it.each([
    [{}, {}, []],
    [{ blackMs: 14_999 }, {}, []],
    [{ blackMs: 15_000 }, {}, ['BLACK']],
    [{ blackMs: 70_000, frozenMs: 70_000 }, {}, ['BLACK']],
    [{ frozenMs: 59_999 }, {}, []],
    [{ frozenMs: 60_000 }, {}, ['FROZEN']],
    [{ silentMs: 20_000, frozenMs: 60_000 }, {}, ['FROZEN', 'SILENT']],
    [{ blackMs: 99_000, frozenMs: 99_000, silentMs: 99_000 }, { blackSeconds: 0, silentSeconds: 0 }, ['FROZEN']],
  ])('%j with %j', (facts, limits, codes) => {
    const findings = contentFindings({ ...WELL, ...facts }, { ...LIMITS, ...limits });
    expect(findings.map(({ code }) => code)).toEqual(codes);
    for (const { remedy } of findings) expect(remedy).toMatch(/^In OBS, /);
  });
});
