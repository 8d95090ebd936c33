import { z } from 'zod';
import type { Ask } from '../../../../operations/index.ts';
import type { StreamRule, WatermarkInput, WatermarkRule } from '../../../../rules/index.ts';
import {
  ApsaraError,
  action,
  DONE,
  editObject,
  everyPage,
  integer,
  invalidParameter,
  paged,
  type ServedAction,
  text,
} from '../../base/index.ts';
import { domainName, settingsOf } from '../edit/index.ts';
import { allRules } from './stream-rules.ts';

const pixels = text.regex(/^\d{1,5}(\.\d{1,3})?$/, { error: 'it must be a number of pixels' }).transform(Number);
/** A URL's file name, or a name in the folder as it is. */
const pictureName = text.transform((given, context) => {
  if (!/^https?:/i.test(given)) return given;
  try {
    return decodeURIComponent(new URL(given).pathname.split('/').at(-1) ?? '');
  } catch {
    context.addIssue({ code: 'custom', message: 'it must be a URL, or the name of a .png file' });
    return z.NEVER;
  }
});
const fields = {
  Description: text.max(256).optional(),
  PictureUrl: pictureName,
  OffsetCorner: z.enum(['TopLeft', 'TopRight', 'BottomLeft', 'BottomRight'], {
    error: 'it must be TopLeft, TopRight, BottomLeft or BottomRight',
  }),
  XOffset: pixels,
  YOffset: pixels,
  Height: integer,
  RefWidth: integer,
  RefHeight: integer,
  Transparency: integer.pipe(z.int().min(1).max(255)),
};
const given = z.object({ Name: text, ...fields }).partial();

const DIFFERS =
  'the picture is not fetched: a PNG of the name at the end of PictureUrl must be in the folder of watermarks; watermarks are the server’s, not a domain’s, and TemplateId is the Name, of letters, digits, - and _';

/** Pictures that renditions are drawn over with. */
export const watermarkActions: readonly ServedAction[] = [
  action({
    name: 'AddLiveStreamWatermark',
    summary: 'Adds a picture that renditions can be drawn over with',
    differs: DIFFERS,
    input: z.object({ Name: text, ...fields, Type: integer, Domain: domainName.optional() }),
    run: async ({ input, ask }) => {
      const { Name, Type, Domain } = input;
      if (Type !== 0) throw invalidParameter('Type', 'it must be 0, a picture');
      if (Domain !== undefined) await settingsOf(ask, { domain: Domain, app: '*', stream: '*' });
      const query = { reason: 'AddLiveStreamWatermark' };
      await ask('createWatermark', { query, body: { name: Name, ...watermarkFor(input) } });
      return { TemplateId: Name };
    },
  }),
  action({
    name: 'UpdateLiveStreamWatermark',
    summary: 'Changes a picture that renditions are drawn over with',
    differs: 'what is left out stays, and Name cannot be changed; it counts from the next publish on',
    input: z.object({ ...given.shape, TemplateId: text }),
    run: async ({ input, ask }) => {
      const { TemplateId, Name = TemplateId } = input;
      if (Name !== TemplateId) throw invalidParameter('Name', 'a watermark keeps its name; add another');
      const edited = { kind: 'Watermark', id: TemplateId, reason: 'UpdateLiveStreamWatermark' } as const;
      await editObject<WatermarkRule>(ask, edited, (now) => {
        if (now === undefined) throw noWatermark(TemplateId);
        return { ...now, ...watermarkFor(input), tags: { ...now.tags, ...tagsFor(input) } };
      });
      return DONE;
    },
  }),
  action({
    name: 'DeleteLiveStreamWatermark',
    summary: 'Removes a picture that no rule draws any more',
    input: z.object({ TemplateId: text }),
    run: async ({ input: { TemplateId: id }, ask }) => {
      const users = rulesWith(await allRules(ask), id).length;
      if (users > 0) {
        const message = `${users} rules draw it. Delete them first (DescribeLiveStreamWatermarkRules).`;
        throw new ApsaraError(403, 'OperationDenied', message);
      }
      const edited = { kind: 'Watermark', id, reason: 'DeleteLiveStreamWatermark' } as const;
      await editObject<WatermarkRule>(ask, edited, (now) => {
        if (now === undefined) throw noWatermark(id);
        return undefined;
      });
      return DONE;
    },
  }),
  action({
    name: 'DescribeLiveStreamWatermarks',
    summary: 'The pictures that renditions can be drawn over with',
    differs: 'those of all domains, but for texts; PictureUrl is a name in the folder of watermarks',
    input: z.object({
      Domain: domainName.optional(),
      KeyWord: text.optional(),
      PageNumber: integer.pipe(z.int().min(1)).default(1),
      PageSize: integer.pipe(z.int().min(1).max(100)).default(10),
    }),
    run: async ({ input: { Domain, KeyWord = '', PageNumber, PageSize }, ask }) => {
      if (Domain !== undefined) await settingsOf(ask, { domain: Domain, app: '*', stream: '*' });
      const rules = await allRules(ask);
      const all = await everyPage<WatermarkRule>(ask, 'listWatermarks', 'watermarks');
      const wanted = all.filter(
        ({ image, name, tags }) => image !== undefined && `${name} ${tags?.description ?? ''}`.includes(KeyWord),
      );
      const { items } = paged(wanted, PageNumber, PageSize);
      return { Total: wanted.length, WatermarkList: { Watermark: items.map((each) => shown(each, rules)) } };
    },
  }),
];

type Given = z.output<typeof given>;

function watermarkFor(input: Given): Omit<WatermarkInput, 'name' | 'height'> & { readonly height: number } {
  const said = {
    image: input.PictureUrl,
    ...{ height: input.Height, corner: input.OffsetCorner, xOffset: input.XOffset, yOffset: input.YOffset },
    ...{ refWidth: input.RefWidth, refHeight: input.RefHeight, transparency: input.Transparency },
    ...(input.Description === undefined ? {} : { tags: tagsFor(input) }),
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as never;
}

const tagsFor = ({ Description }: Given) => (Description === undefined ? {} : { description: Description });

function noWatermark(id: string): ApsaraError {
  const message = `There is no watermark ${id}. DescribeLiveStreamWatermarks lists them.`;
  return new ApsaraError(404, 'InvalidTemplate.NotFound', message);
}

export function rulesWith(rules: readonly StreamRule[], watermark: string): readonly StreamRule[] {
  return rules.filter(({ transcode }) => transcode?.watermarks?.includes(watermark));
}

export async function requireWatermark(ask: Ask, id: string): Promise<void> {
  const all = await everyPage<WatermarkRule>(ask, 'listWatermarks', 'watermarks');
  if (!all.some(({ name }) => name === id)) throw noWatermark(id);
}

function shown(rule: WatermarkRule, rules: readonly StreamRule[]) {
  return {
    ...{ TemplateId: rule.name, Name: rule.name, Type: 0, PictureUrl: rule.image, Height: rule.height },
    ...{ OffsetCorner: rule.corner, XOffset: rule.xOffset, YOffset: rule.yOffset },
    ...{ RefWidth: rule.refWidth, RefHeight: rule.refHeight, Transparency: rule.transparency },
    RuleCount: rulesWith(rules, rule.name).length,
    ...(rule.tags?.description === undefined ? {} : { Description: rule.tags.description }),
  };
}
