import { z } from 'zod';
import type { RecordFormatRule, RulesInput } from '../../../../rules/index.ts';
import { integer, listOf, missingParameter, text } from '../../base/index.ts';

type FormatInput = NonNullable<
  NonNullable<NonNullable<NonNullable<RulesInput['streams']>[number]['record']>['formats']>
>[number];

const within = (least: number, most: number) =>
  integer.pipe(z.int().min(least).max(most)).optional().describe(`${least} to ${most} seconds`);

const format = z.object({
  Format: z.enum(['m3u8', 'flv', 'mp4', 'cmaf'], { error: 'it must be m3u8, flv, mp4 or cmaf' }),
  CycleDuration: within(15, 21_600),
  OssObjectPrefix: text.optional(),
  SliceDuration: within(5, 30),
  SliceOssObjectPrefix: text.optional(),
});

type Format = z.output<typeof format>;

/** The formats of a recording, as parameters have them. */
export const formatList = listOf(format).optional();

const isSliced = (name: Format['Format']) => name === 'm3u8' || name === 'cmaf';

/** ApsaraVideo wants a name for slices where there are any. */
export function checkSliceNames(name: string, formats: readonly Format[] = []): void {
  const at = formats.findIndex((each) => isSliced(each.Format) && each.SliceOssObjectPrefix === undefined);
  if (at >= 0) throw missingParameter(`${name}.${at + 1}.SliceOssObjectPrefix`);
}

/** As rules have them; what is left out stays as it is in `before`, or is usual. */
export function formatRules(formats: readonly Format[] = [], before: readonly RecordFormatRule[] = []): FormatInput[] {
  return formats.map((given) => {
    const known = before.find((each) => each.format === given.Format);
    const fields = {
      ...known,
      ...said({ cycleSeconds: given.CycleDuration, object: given.OssObjectPrefix }),
      ...(isSliced(given.Format)
        ? said({ sliceSeconds: given.SliceDuration, sliceObject: given.SliceOssObjectPrefix })
        : {}),
    };
    return { ...fields, format: given.Format } as FormatInput;
  });
}

function said(fields: Readonly<Record<string, string | number | undefined>>) {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** As answers have them. */
export function shownFormats(formats: readonly RecordFormatRule[]) {
  const RecordFormat = formats.map((rule) => ({
    Format: rule.format,
    CycleDuration: rule.cycleSeconds,
    OssObjectPrefix: rule.object,
    SliceDuration: rule.sliceSeconds,
    SliceOssObjectPrefix: rule.sliceObject,
  }));
  return { RecordFormat };
}
