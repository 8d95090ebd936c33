import { nearest } from './nearest.ts';
import type { Rules, WatermarkRule } from './schema.ts';
import type { SchemaProblem } from './schema-problems.ts';

/** What is wrong with a watermark beside its rule: its image, or that there is nothing to draw its text with. */
export type WatermarkCheck = (
  rule: WatermarkRule,
) => { readonly field: keyof WatermarkRule; readonly message: string } | undefined;

/** Watermarks that are named must exist and be such as can be drawn. */
export function watermarkProblems(rules: Rules, check: WatermarkCheck | undefined): SchemaProblem[] {
  const known = rules.watermarks.map(({ name }) => name);
  const undrawable = rules.watermarks.flatMap((rule, index) => {
    const problem = check?.(rule);
    return problem ? [{ path: `watermarks[${index}].${problem.field}`, message: problem.message }] : [];
  });
  const inTemplates = rules.templates.flatMap(({ watermarks, video }, index) => {
    const path = `templates[${index}].watermarks`;
    if (watermarks.length === 0 || (video !== 'none' && video.codec !== 'copy'))
      return unknown(watermarks, known, path);
    return [{ path, message: 'the template encodes no pictures, so there is nothing to draw on' }];
  });
  const inStreams = rules.streams.flatMap(({ transcode }, index) =>
    unknown(transcode?.watermarks ?? [], known, `streams[${index}].transcode.watermarks`),
  );
  return [...undrawable, ...inTemplates, ...inStreams];
}

function unknown(names: readonly string[], known: readonly string[], path: string): SchemaProblem[] {
  return names.flatMap((name, at) => {
    if (known.includes(name)) return [];
    const near = nearest(name, known);
    const others = known.length === 0 ? 'there is none' : `the watermarks are ${known.join(', ')}`;
    const remedy = near === undefined ? others : `did you mean ${near}?`;
    return [{ path: `${path}[${at}]`, message: `no watermark is called ${name}; ${remedy}` }];
  });
}
