import { z } from 'zod';
import type { Ask } from '../../../../operations/index.ts';
import type { TransferRule } from '../../../../rules/index.ts';
import { ApsaraError, action, DONE, editObject, type ServedAction, text, utcTime } from '../../base/index.ts';
import { appName, domainName, settingsOf, streamName, yesNo } from '../edit/index.ts';
import {
  allTransfers,
  destinationOf,
  isAbout,
  nameFor,
  notFound,
  shownWindow,
  urlOf,
  windowOf,
} from './relay-rules.ts';

const streams = { DomainName: domainName, AppName: appName, StreamName: streamName };
const configured = z.object({
  ...streams,
  DstUrl: text,
  TransferArgs: yesNo,
  ...{ StartTime: utcTime.optional(), EndTime: utcTime.optional() },
});
const DIFFERS = 'the arguments of the publish are not passed on, whatever TransferArgs says';

/** Streams that are pushed on to other servers. */
export const transferActions: readonly ServedAction[] = [
  action({
    name: 'AddLiveCenterTransfer',
    summary: 'Pushes streams on to another server while they are live',
    differs: DIFFERS,
    input: configured,
    run: async ({ input, ask }) => {
      const { StartTime, EndTime, DstUrl } = input;
      const match = matchOf(input);
      await settingsOf(ask, match);
      const { url, key } = destinationOf(DstUrl);
      if ((await transfersOf(ask, match, DstUrl)).length > 0) {
        const message = `${match.app}/${match.stream} goes there already. Change it with UpdateLiveCenterTransfer.`;
        throw new ApsaraError(400, 'ConfigAlreadyExists', message);
      }
      const name = nameFor(match.domain, match.app, match.stream, DstUrl);
      const destinations = [{ name: 'dst', url, key }];
      const query = { reason: 'AddLiveCenterTransfer' };
      await ask('createTransfer', { query, body: { name, match, destinations, ...windowOf(StartTime, EndTime) } });
      return DONE;
    },
  }),
  action({
    name: 'UpdateLiveCenterTransfer',
    summary: 'Changes when streams are pushed on to another server',
    differs: `${DIFFERS}; a time that is left out is no bound any more`,
    input: configured,
    run: async ({ input, ask }) => {
      const { StartTime, EndTime, DstUrl } = input;
      const [rule] = await transfersOf(ask, matchOf(input), DstUrl);
      if (!rule) throw noTransfer();
      const edited = { kind: 'Transfer', id: rule.name, reason: 'UpdateLiveCenterTransfer' } as const;
      await editObject<TransferRule>(ask, edited, (now) => {
        if (now === undefined) throw noTransfer();
        return { ...now, ...windowOf(StartTime, EndTime) };
      });
      return DONE;
    },
  }),
  action({
    name: 'DeleteLiveCenterTransfer',
    summary: 'Pushes streams on to another server, or to all, no longer',
    input: z.object({ ...streams, DstUrl: text.optional() }),
    run: async ({ input, ask }) => {
      const rules = await transfersOf(ask, matchOf(input), input.DstUrl);
      if (rules.length === 0) throw noTransfer();
      const query = { reason: 'DeleteLiveCenterTransfer' };
      for (const { name } of rules) await ask('deleteTransfer', { params: { name }, query });
      return DONE;
    },
  }),
  action({
    name: 'DescribeLiveCenterTransfer',
    summary: 'Which streams of a domain are pushed on to other servers',
    differs: 'the last part of DstUrl, a key, is for callers who may see keys; TransferArgs is always no',
    input: z.object({
      DomainName: domainName,
      ...{ AppName: appName.optional(), StreamName: streamName.optional(), DstUrl: text.optional() },
    }),
    run: async ({ input: { DomainName, AppName, StreamName, DstUrl }, ask }) => {
      await settingsOf(ask, { domain: DomainName, app: AppName ?? '*', stream: StreamName ?? '*' });
      const LiveCenterTransferInfo = (await allTransfers(ask))
        .filter(({ match }) => match.domain.toLowerCase() === DomainName)
        .filter(({ match }) => AppName === undefined || match.app === AppName)
        .filter(({ match }) => StreamName === undefined || match.stream === StreamName)
        .flatMap(shown)
        .filter((each) => DstUrl === undefined || each.DstUrl === DstUrl);
      return { LiveCenterTransferInfoList: { LiveCenterTransferInfo } };
    },
  }),
];

function matchOf({ DomainName: domain, AppName: app, StreamName: stream }: z.output<z.ZodObject<typeof streams>>) {
  return { domain, app, stream };
}

const noTransfer = () => notFound('transfer', 'DescribeLiveCenterTransfer lists them');

/** Those that go to one place; of several places they are not this API's to change. */
async function transfersOf(ask: Ask, match: ReturnType<typeof matchOf>, DstUrl: string | undefined) {
  await settingsOf(ask, match);
  return (await allTransfers(ask)).filter(
    (rule) =>
      isAbout(rule, match) &&
      rule.destinations.length === 1 &&
      (DstUrl === undefined || rule.destinations.some((each) => urlOf(each) === DstUrl)),
  );
}

function shown(rule: TransferRule) {
  const { domain: DomainName, app: AppName, stream: StreamName } = rule.match;
  return rule.destinations.map((each) => ({
    ...{ DomainName, AppName, StreamName, DstUrl: urlOf(each), ...shownWindow(rule), TransferArgs: 'no' },
  }));
}
