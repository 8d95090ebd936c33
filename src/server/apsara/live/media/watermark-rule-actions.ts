import { z } from 'zod';
import { type Ask, streamRuleId } from '../../../../operations/index.ts';
import type { StreamRule } from '../../../../rules/index.ts';
import {
  ApsaraError,
  action,
  DONE,
  integer,
  missingParameter,
  paged,
  type ServedAction,
  text,
} from '../../base/index.ts';
import { appName, domainName, settingsOf, streamName } from '../edit/index.ts';
import { allRules, editStreamRule, without } from './stream-rules.ts';
import { requireWatermark } from './watermark-actions.ts';

const DIFFERS =
  'it is drawn on renditions, never on the source, from the next publish on; RuleId says which streams it is about; Name and Description are not kept';

/** On which streams' renditions watermarks are drawn. */
export const watermarkRuleActions: readonly ServedAction[] = [
  action({
    name: 'AddLiveStreamWatermarkRule',
    summary: 'Draws a watermark on the renditions of streams',
    differs: DIFFERS,
    input: z.object({
      ...{ Domain: domainName, App: appName, Stream: streamName, Name: text, TemplateId: text },
      Description: text.optional(),
    }),
    run: async ({ input: { Domain: domain, App: app, Stream: stream, TemplateId }, ask }) => {
      const match = { domain, app, stream };
      await settingsOf(ask, match);
      await requireWatermark(ask, TemplateId);
      await editStreamRule(ask, match, 'AddLiveStreamWatermarkRule', (rule) => {
        if (isDrawn(rule)) {
          const message = `${app}/${stream} has a watermark already. Change it with UpdateLiveStreamWatermarkRule.`;
          throw new ApsaraError(400, 'ConfigAlreadyExists', message);
        }
        return { transcode: { ...rule?.transcode, watermarks: [TemplateId] } };
      });
      return { RuleId: streamRuleId({ match }) };
    },
  }),
  action({
    name: 'UpdateLiveStreamWatermarkRule',
    summary: 'Draws another watermark on the renditions of the same streams',
    differs: DIFFERS,
    input: z.object({
      ...{ RuleId: text, TemplateId: text.optional() },
      ...{ Name: text.optional(), Description: text.optional() },
    }),
    run: async ({ input: { RuleId, TemplateId }, ask }) => {
      const { match } = await found(ask, RuleId);
      if (TemplateId === undefined) return DONE;
      await requireWatermark(ask, TemplateId);
      await editStreamRule(ask, match, 'UpdateLiveStreamWatermarkRule', (rule) => ({
        transcode: { ...rule?.transcode, watermarks: [TemplateId] },
      }));
      return DONE;
    },
  }),
  action({
    name: 'DeleteLiveStreamWatermarkRule',
    summary: 'Draws no watermark on the renditions of these streams any more',
    input: z.object({
      Domain: domainName,
      ...{ App: appName.optional(), Stream: streamName.optional(), RuleId: text.optional() },
    }),
    run: async ({ input: { Domain: domain, App: app, Stream: stream, RuleId }, ask }) => {
      if (RuleId === undefined && (app === undefined || stream === undefined)) throw missingParameter('RuleId');
      await settingsOf(ask, { domain, app: app ?? '*', stream: stream ?? '*' });
      const named = { match: { domain, app: app ?? '', stream: stream ?? '' } };
      const { match } = await found(ask, RuleId ?? streamRuleId(named));
      if (match.domain.toLowerCase() !== domain) throw noRule(RuleId ?? '');
      await editStreamRule(ask, match, 'DeleteLiveStreamWatermarkRule', (rule) => ({
        transcode: without(rule?.transcode, ['watermarks']),
      }));
      return DONE;
    },
  }),
  action({
    name: 'DescribeLiveStreamWatermarkRules',
    summary: 'On which streams’ renditions watermarks are drawn',
    differs: 'a rule with several watermarks is there once for each, with one RuleId; Name is the watermark’s',
    input: z.object({
      Domain: domainName.optional(),
      PageNumber: integer.pipe(z.int().min(1)).default(1),
      PageSize: integer.pipe(z.int().min(1).max(100)).default(10),
    }),
    run: async ({ input: { Domain, PageNumber, PageSize }, ask }) => {
      if (Domain !== undefined) await settingsOf(ask, { domain: Domain, app: '*', stream: '*' });
      const rules = (await allRules(ask)).filter(
        ({ match }) => Domain === undefined || match.domain.toLowerCase() === Domain,
      );
      const all = rules.flatMap((rule) =>
        (rule.transcode?.watermarks ?? []).map((TemplateId) => ({
          ...{ RuleId: streamRuleId(rule), Name: TemplateId, TemplateId },
          ...{ Domain: rule.match.domain, App: rule.match.app, Stream: rule.match.stream },
        })),
      );
      const { items } = paged(all, PageNumber, PageSize);
      return { Total: all.length, RuleInfoList: { RuleInfo: items } };
    },
  }),
];

function isDrawn(rule: StreamRule | undefined): boolean {
  return (rule?.transcode?.watermarks?.length ?? 0) > 0;
}

async function found(ask: Ask, ruleId: string): Promise<StreamRule> {
  const rule = (await allRules(ask)).find((each) => streamRuleId(each) === ruleId);
  if (rule && isDrawn(rule)) return rule;
  throw noRule(ruleId);
}

function noRule(ruleId: string): ApsaraError {
  const message = `There is no watermark rule ${ruleId}. DescribeLiveStreamWatermarkRules lists them.`;
  return new ApsaraError(404, 'InvalidRule.NotFound', message);
}
