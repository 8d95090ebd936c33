import { z } from 'zod';
import { action, everyPage, type ServedAction, text } from '../../base/index.ts';
import { domainName, settingsOf } from '../edit/index.ts';

type Stream = {
  readonly domain: string;
  readonly transcoding?: {
    readonly renditions: readonly { readonly template: string; readonly state: string; readonly isLazy: boolean }[];
  };
};

/** How many renditions are made now. */
export const transcodeCountActions: readonly ServedAction[] = [
  action({
    name: 'DescribeLiveStreamTranscodeStreamNum',
    summary: 'How many renditions of the streams of a domain are made now',
    differs: 'UntranscodeNumber counts live streams of which no rendition is made; Total is the sum of the three',
    input: z.object({ DomainName: domainName, SplitType: text.optional() }),
    run: async ({ input: { DomainName, SplitType }, ask }) => {
      await settingsOf(ask, { domain: DomainName, app: '*', stream: '*' });
      const all = await everyPage<Stream>(ask, 'listStreams', 'streams');
      const made = all
        .filter(({ domain }) => domain === DomainName)
        .map(({ transcoding }) => transcoding?.renditions.filter(({ state }) => state === 'live') ?? []);
      const renditions = made.flat();
      const LazyTranscodedNumber = renditions.filter(({ isLazy }) => isLazy).length;
      const UntranscodeNumber = made.filter((each) => each.length === 0).length;
      const counts = new Map<string, number>();
      for (const { template } of renditions) counts.set(template, (counts.get(template) ?? 0) + 1);
      const details = [...counts].map(([Template, Count]) => ({ Template, Count }));
      return {
        Total: renditions.length + UntranscodeNumber,
        ...{ LazyTranscodedNumber, TranscodedNumber: renditions.length - LazyTranscodedNumber, UntranscodeNumber },
        ...(SplitType === undefined ? {} : { TranscodeStreamCountDetails: details }),
      };
    },
  }),
];
