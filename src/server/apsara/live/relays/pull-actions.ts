import { z } from 'zod';
import type { Ask } from '../../../../operations/index.ts';
import type { PullRule } from '../../../../rules/index.ts';
import {
  ApsaraError,
  action,
  DONE,
  editObject,
  invalidParameter,
  type ServedAction,
  text,
  utcTime,
} from '../../base/index.ts';
import { domainName, oneStream, settingsOf } from '../edit/index.ts';
import { allPulls, isAbout, nameFor, notFound, shownUrl, shownWindow, windowOf } from './relay-rules.ts';

const configured = z.object({ ...oneStream, SourceUrl: text, StartTime: utcTime, EndTime: utcTime });
const DIFFERS = 'it may last for longer than seven days, and RTSP and FLV over HTTPS are taken too';

/** Streams that are always fetched from other servers. */
export const pullActions: readonly ServedAction[] = [
  action({
    name: 'AddLivePullStreamInfoConfig',
    summary: 'Fetches a stream from another server for a time',
    differs: DIFFERS,
    input: configured,
    run: async ({ input, ask }) => {
      const match = matchOf(input);
      await settingsOf(ask, match);
      if (await pullOf(ask, match)) {
        const message = `${match.app}/${match.stream} is fetched already. Change it with UpdateLivePullStreamInfoConfig.`;
        throw new ApsaraError(400, 'ConfigAlreadyExists', message);
      }
      const name = nameFor(match.domain, match.app, match.stream);
      const query = { reason: 'AddLivePullStreamInfoConfig' };
      await ask('createPull', { query, body: { name, match, mode: 'always', ...fieldsOf(input) } });
      return DONE;
    },
  }),
  action({
    name: 'UpdateLivePullStreamInfoConfig',
    summary: 'Changes from where and when a stream is fetched',
    differs: DIFFERS,
    input: configured,
    run: async ({ input, ask }) => {
      const { name } = await found(ask, matchOf(input));
      const edited = { kind: 'Pull', id: name, reason: 'UpdateLivePullStreamInfoConfig' } as const;
      await editObject<PullRule>(ask, edited, (now) => {
        if (now === undefined) throw noPull();
        return { ...now, ...fieldsOf(input) };
      });
      return DONE;
    },
  }),
  action({
    name: 'DeleteLivePullStreamInfoConfig',
    summary: 'Fetches a stream from another server no longer',
    input: z.object(oneStream),
    run: async ({ input, ask }) => {
      const { name } = await found(ask, matchOf(input));
      await ask('deletePull', { params: { name }, query: { reason: 'DeleteLivePullStreamInfoConfig' } });
      return DONE;
    },
  }),
  action({
    name: 'DescribeLivePullStreamConfig',
    summary: 'The streams of a domain that are fetched from other servers',
    differs: 'SourceUsing is the source that is read by this node now; URLs are for callers who may see keys',
    input: z.object({ DomainName: domainName }),
    run: async ({ input: { DomainName }, ask }) => {
      await settingsOf(ask, { domain: DomainName, app: '*', stream: '*' });
      const { pulls: states } = await ask<{ pulls: PullStates }>('listPullStates', {});
      const rules = (await allPulls(ask)).filter(
        ({ mode, match }) => mode === 'always' && match.domain.toLowerCase() === DomainName,
      );
      return { LiveAppRecordList: { LiveAppRecord: rules.map((rule) => shown(rule, states)) } };
    },
  }),
];

type Configured = z.output<typeof configured>;
type PullStates = readonly {
  readonly name: string;
  readonly streams: readonly { readonly state: string; readonly source: number }[];
}[];

function matchOf({ DomainName: domain, AppName: app, StreamName: stream }: z.output<z.ZodObject<typeof oneStream>>) {
  return { domain, app, stream };
}

async function pullOf(ask: Ask, match: ReturnType<typeof matchOf>): Promise<PullRule | undefined> {
  return (await allPulls(ask)).find((rule) => rule.mode === 'always' && isAbout(rule, match));
}

async function found(ask: Ask, match: ReturnType<typeof matchOf>): Promise<PullRule> {
  await settingsOf(ask, match);
  const rule = await pullOf(ask, match);
  if (rule) return rule;
  throw noPull();
}

const noPull = () => notFound('pull', 'DescribeLivePullStreamConfig lists them');

function fieldsOf({ SourceUrl, StartTime, EndTime }: Configured) {
  const urls = SourceUrl.split(';').filter((url) => url !== '');
  if (urls.length === 0) throw invalidParameter('SourceUrl', 'it must name a source');
  return { sources: urls.map((url) => ({ url })), ...windowOf(StartTime, EndTime) };
}

function shown(rule: PullRule, states: PullStates) {
  const { domain: DomainName, app: AppName, stream: StreamName } = rule.match;
  const live = states.find(({ name }) => name === rule.name)?.streams.find(({ state }) => state === 'live');
  const urls = rule.sources.map(({ url }) => shownUrl(url));
  return {
    ...{ DomainName, AppName, StreamName, ...shownWindow(rule) },
    SourceUrl: urls.filter((url) => url !== undefined).join(';'),
    SourceUsing: (live && urls[live.source - 1]) ?? '',
  };
}
