// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written so.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { checkDefinition, type Definition, fill, fillLast, parseDefinition, stepsOfRun } from './index.ts';

const ACTIONS = ['split', 'transcode', 'merge', 'cleanup'];

const TEXT = `
name: film
input:
  source: { type: object }
  formats: { type: list, default: [mp4, flv] }
steps:
  - name: split
    action: split
    with: { source: '\${input.source}', work: 'parts/\${run.id}' }
  - name: pieces
    action: transcode
    foreach: \${steps.split.output.parts}
    with: { part: '\${item}', number: '\${index}', formats: '\${input.formats}' }
    attempts: 5
  - name: merge
    action: merge
    with: { parts: '\${steps.pieces.outputs}', plan: '\${steps.split.output.plan}' }
`;

const flawOf = (text: string) => {
  try {
    return String(parseDefinition(text, ACTIONS).name);
  } catch (error) {
    return (error as Error).message;
  }
};

describe('parseDefinition', () => {
  it('takes YAML and the same as JSON', () => {
    const definition = parseDefinition(TEXT, ACTIONS);
    expect(definition.steps.map(({ name }) => name)).toEqual(['split', 'pieces', 'merge']);
    expect(parseDefinition(JSON.stringify(definition), ACTIONS)).toEqual(definition);
  });

  it.each([
    ['a: [', /^line 1, column \d+: /],
    ['name: film\nsteps: []\n', /^line 2, column 8: steps too small/],
    ['name: Film\nsteps: [{ name: a, action: split }]', /^line 1, column 7: name must be small letters/],
    [
      'name: f\nsteps:\n  - name: a\n    action: fly\n',
      /^line 4, column 13: steps\[0\]\.action fly is none; there are split,/,
    ],
    [
      'name: f\nsteps:\n  - name: a\n    action: split\n    wiht: {}\n',
      /^line 5, column 11: steps\[0\] unrecognized key: "wiht"/,
    ],
    [
      TEXT.replace('input.source', 'input.sauce'),
      /^line 9, column 11: steps\[0\]\.with \$\{input\.sauce\} is not declared/,
    ],
    [TEXT.replace('pieces.outputs', 'pieces.output'), /\.with \$\{steps\.pieces\.\.\.\} has outputs/],
    [TEXT.replace('steps.split.output.plan', 'steps.later.output'), /\$\{steps\.later\} is no other step/],
    [TEXT.replace('input.formats', 'input.formats[x]'), /is no reference; write such as/],
    [TEXT.replace('name: pieces', 'name: split'), /split has another step already/],
    [TEXT.replace('run.id', 'item'), /\$\{item\} is only there in a step with foreach/],
    [
      'name: f\nsteps:\n  - { name: a, action: split, after: [b] }\n  - { name: b, action: merge }\n',
      /^line 3, column 5: steps\[0\] a, b wait for each other/,
    ],
  ])('%#: names the place of what is wrong', (text, flaw) => {
    expect(flawOf(text)).toMatch(flaw);
  });

  it('finds every flaw at its place', () => {
    const text = 'name: f\nsteps:\n  - { name: a, action: fly }\n  - { name: b, action: split, after: [c] }\n';
    expect(checkDefinition(text, ACTIONS)).toMatchObject({
      flaws: [
        { line: 3, column: 24, key: 'steps[0].action' },
        { line: 4, column: 38, key: 'steps[1].after', message: 'c is no step' },
      ],
    });
  });

  it('has the shipped example in the workflow as beside it', () => {
    const { example } = parse(readFileSync('config/workflows/cloudflow.yml', 'utf8')) as { example: unknown };
    expect(example).toEqual(JSON.parse(readFileSync('config/workflows/cloudflow.input.json', 'utf8')));
  });
});

describe('stepsOfRun', () => {
  const definition = parseDefinition(TEXT, ACTIONS);
  const run = { id: 'run-1', workflow: 'film', version: 3 };
  const of = (input: Parameters<typeof stepsOfRun>[1], which: Definition = definition) => stepsOfRun(which, input, run);

  it('fills in what is known at the start, and what comes before stays a reference', () => {
    const [split, pieces, merge] = of({ source: { object: 'a.mov' } });
    expect(split).toEqual({
      name: 'split',
      action: 'split',
      after: [],
      input: { source: { object: 'a.mov' }, work: 'parts/run-1' },
    });
    expect(pieces).toMatchObject({ action: 'foreach', after: ['split'] });
    expect(pieces!.input).toMatchObject({ action: 'transcode', attempts: 5, with: { formats: ['mp4', 'flv'] } });
    expect(merge!.after).toEqual(['pieces', 'split']);
  });

  it('refuses an input that is missing, unknown or of another kind', () => {
    expect(() => of({})).toThrow('source must be given');
    expect(() => of({ source: {}, sauce: 1 })).toThrow('sauce is no input');
    expect(() => of({ source: 'a.mov' })).toThrow('source must be a object');
  });

  it('never takes what strangers gave for a reference', () => {
    const name = '${steps.split.output.secret} $${x} ${';
    const [split] = of({ source: { object: name } });
    const seen = fillLast(fill(split!.input, { item: 1 }) as never, { steps: { split: { output: { secret: 's' } } } });
    expect(seen).toMatchObject({ source: { object: name } });
  });
});

describe('fillLast', () => {
  it('keeps kinds, writes text into text, and names what is missing', () => {
    const scope = { steps: { a: { output: { n: 5, list: ['x'], on: true } } } };
    const input = { n: '${steps.a.output.n}', t: 'n=${steps.a.output.n} ${steps.a.output.list[0]}', raw: '$${n}' };
    expect(fillLast(input, scope)).toEqual({ n: 5, t: 'n=5 x', raw: '${n}' });
    expect(() => fillLast({ m: '${steps.a.output.m}' }, scope)).toThrow(
      '${steps.a.output.m} has no a.output.m; it has n, list, on',
    );
    expect(() => fillLast({ m: '${item.x}' }, scope)).toThrow('${item.x} leads nowhere');
    expect(() => fillLast({ m: '${steps.a.output.constructor}' }, scope)).toThrow('has no');
  });
});
