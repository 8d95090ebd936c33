import { z } from 'zod';
import type { Ask } from '../../../../operations/index.ts';
import type { PullRule } from '../../../../rules/index.ts';
import { action, DONE, editObject, type ServedAction, text } from '../../base/index.ts';
import { appName, domainName, settingsOf } from '../edit/index.ts';
import { allPulls, isAbout, nameFor, notFound, shownUrl } from './relay-rules.ts';

/** What comes before and behind the name of the stream. */
const FORMS = { rtmp: ['rtmp', ''], httpflv: ['http', '.flv'], hls: ['http', '.m3u8'] } as const;
const host = text.regex(/^[A-Za-z0-9_.:[\];-]{1,1000}$/, { error: 'it must be host names, separated by ;' });
const named = { DomainName: domainName, AppName: appName };

/** Streams that are fetched from other servers once somebody watches. */
export const lazyPullActions: readonly ServedAction[] = [
  action({
    name: 'SetLiveLazyPullStreamInfoConfig',
    summary: 'Fetches the streams of an app from another server as soon as somebody watches',
    differs:
      'the second of several servers (;) is asked where the first gives nothing; TranscodeLazy is not taken: renditions are lazy where their rule says so',
    input: z.object({
      ...named,
      PullDomainName: host,
      PullProtocol: z.enum(['rtmp', 'httpflv', 'hls'], { error: 'it must be rtmp, httpflv or hls' }),
      PullAppName: text.regex(/^[A-Za-z0-9_./-]{1,255}$/).optional(),
      TranscodeLazy: text.optional(),
    }),
    run: async ({ input, ask }) => {
      const match = { domain: input.DomainName, app: input.AppName, stream: '*' };
      await settingsOf(ask, match);
      const [scheme, extension] = FORMS[input.PullProtocol];
      const hosts = input.PullDomainName.split(';').filter((each) => each !== '');
      const sources = hosts.map((each) => ({
        url: `${scheme}://${each}/${input.PullAppName ?? '{app}'}/{stream}${extension}`,
      }));
      const id = (await lazyPullOf(ask, match))?.name ?? nameFor('lazy', match.domain, match.app);
      const edited = { kind: 'Pull', id, reason: 'SetLiveLazyPullStreamInfoConfig' } as const;
      await editObject<PullRule>(ask, edited, (now) =>
        now === undefined ? { name: id, match, mode: 'lazy', sources } : { ...now, sources },
      );
      return DONE;
    },
  }),
  action({
    name: 'DeleteLiveLazyPullStreamInfoConfig',
    summary: 'Fetches the streams of an app no longer when somebody watches',
    input: z.object(named),
    run: async ({ input: { DomainName, AppName }, ask }) => {
      const match = { domain: DomainName, app: AppName, stream: '*' };
      await settingsOf(ask, match);
      const rule = await lazyPullOf(ask, match);
      if (!rule) throw notFound('lazy pull', 'DescribeLiveLazyPullStreamConfig lists them');
      const query = { reason: 'DeleteLiveLazyPullStreamInfoConfig' };
      await ask('deletePull', { params: { name: rule.name }, query });
      return DONE;
    },
  }),
  action({
    name: 'DescribeLiveLazyPullStreamConfig',
    summary: 'The apps of a domain whose streams are fetched when somebody watches',
    differs: 'those that were set by this API, or are written as it writes them; for callers who may see keys',
    input: z.object({ DomainName: domainName, AppName: appName.optional() }),
    run: async ({ input: { DomainName, AppName }, ask }) => {
      await settingsOf(ask, { domain: DomainName, app: AppName ?? '*', stream: '*' });
      const rules = (await allPulls(ask)).filter(
        ({ mode, match }) =>
          mode === 'lazy' &&
          match.domain.toLowerCase() === DomainName &&
          match.stream === '*' &&
          (AppName === undefined || match.app === AppName),
      );
      return { LiveLazyPullConfigList: { LiveLazyPullConfig: rules.flatMap(shown) } };
    },
  }),
];

async function lazyPullOf(ask: Ask, match: { domain: string; app: string; stream: string }) {
  return (await allPulls(ask)).find((rule) => rule.mode === 'lazy' && isAbout(rule, match));
}

const SOURCE = /^(rtmp|http):\/\/([^/]+)\/(.+)\/\{stream\}(|\.flv|\.m3u8)$/;

/** A rule as parameters say it; nothing where they could not. */
function shown({ match, sources }: PullRule) {
  const read = sources.map(({ url }) => SOURCE.exec(shownUrl(url) ?? ''));
  const [, , , app = '', extension] = read[0] ?? [];
  if (read.length === 0 || read.some((each) => each === null)) return [];
  const [PullProtocol = 'rtmp'] = Object.entries(FORMS).find(([, [, end]]) => end === extension) ?? [];
  return [
    {
      ...{ DomainName: match.domain, AppName: match.app, PullProtocol, PullArgs: '' },
      PullDomainName: read.map((each) => each?.[2]).join(';'),
      PullAppName: app === '{app}' ? match.app : app,
      TranscodeLazy: 'no',
    },
  ];
}
