import { z } from 'zod';
import { ApsaraError, action, DONE, flag, integer, type ServedAction } from '../../base/index.ts';
import { anyStream, appName, domainName, settingsOf } from '../edit/index.ts';
import { editStreamRule, rulesOf, without } from './stream-rules.ts';

const names = { DomainName: domainName, AppName: appName.default('*'), StreamName: anyStream };

type Named = { readonly DomainName: string; readonly AppName: string; readonly StreamName: string };

const matchOf = ({ DomainName, AppName, StreamName }: Named) => ({
  ...{ domain: DomainName, app: AppName, stream: StreamName },
});

/** How far back viewers can go. */
export const shiftActions: readonly ServedAction[] = [
  action({
    name: 'OpenLiveShift',
    summary: 'Lets viewers go back in streams, for so many days',
    differs: 'Duration is not used: segments are as long as those of live HLS; opened again it changes what is open',
    input: z.object({
      ...names,
      Vision: integer.pipe(z.int().min(1).max(30)).default(7),
      Duration: integer.pipe(z.int().min(1).max(30)).optional(),
      IgnoreTranscode: flag.default(true),
    }),
    run: async ({ input, ask }) => {
      const match = matchOf(input);
      await settingsOf(ask, match);
      const wanted = { enabled: true, days: input.Vision, renditions: !input.IgnoreTranscode };
      await editStreamRule(ask, match, 'OpenLiveShift', (rule) => ({ timeShift: { ...rule?.timeShift, ...wanted } }));
      return DONE;
    },
  }),
  action({
    name: 'CloseLiveShift',
    summary: 'Ends what OpenLiveShift began, by the same names',
    input: z.object(names),
    run: async ({ input, ask }) => {
      const match = matchOf(input);
      await settingsOf(ask, match);
      await editStreamRule(ask, match, 'CloseLiveShift', (rule) => {
        if (!rule?.timeShift?.enabled) throw noShift(match);
        return { timeShift: without(rule.timeShift, ['enabled', 'days', 'renditions']) };
      });
      return DONE;
    },
  }),
  action({
    name: 'DescribeLiveShiftConfigs',
    summary: 'In which streams of a domain viewers can go back',
    differs: 'rules for several domains at once are not shown',
    input: z.object({ DomainName: domainName }),
    run: async ({ input: { DomainName }, ask }) => {
      await settingsOf(ask, { domain: DomainName, app: '*', stream: '*' });
      const rules = (await rulesOf(ask, DomainName, 'timeShift')).filter(({ timeShift }) => timeShift?.enabled);
      const Config = await Promise.all(
        rules.map(async ({ match: { app, stream } }) => {
          const { timeShift } = await settingsOf(ask, { domain: DomainName, app, stream });
          const said = { Vision: timeShift.days, IgnoreTranscode: !timeShift.renditions };
          return { DomainName, AppName: app, StreamName: stream, ...said };
        }),
      );
      return { Content: { Config } };
    },
  }),
];

function noShift({ app, stream }: { readonly app: string; readonly stream: string }): ApsaraError {
  const message = `There is no time shift for exactly ${app}/${stream}. DescribeLiveShiftConfigs lists them.`;
  return new ApsaraError(404, 'InvalidConfig.NotFound', message);
}
