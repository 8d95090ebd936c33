import { dictionary } from '../../kit/index.ts';

export const limitWords = dictionary(
  {
    title: 'Limits',
    hint: 'What is used now of what domains and apps may use. Limits are set on the page of the domain.',
    columns: {
      name: 'Domain / app',
      publishers: 'Publishers',
      viewers: 'Viewers',
      ingestMbps: 'Ingest (Mb/s)',
      egressMbps: 'Egress (Mb/s)',
      transcodes: 'Transcodes',
    },
    of: (used: string, limit: string) => `${used} of ${limit}`,
    empty: 'There are no domains',
  },
  {
    title: '限额',
    hint: '各域名和应用的当前用量与限额。限额在域名页面设置。',
    columns: {
      name: '域名 / 应用',
      publishers: '推流数',
      viewers: '观众数',
      ingestMbps: '入流 (Mb/s)',
      egressMbps: '出流 (Mb/s)',
      transcodes: '转码数',
    },
    of: (used: string, limit: string) => `${used} / ${limit}`,
    empty: '没有域名',
  },
);
