import type { SettingEntry } from './read-settings.ts';

/** The groups of the settings, in the order of the page. */
export const GROUPS = [
  'node',
  'folders',
  'rules',
  'doors',
  'certificates',
  'control',
  'metrics',
  'transcode',
  'processing',
  'limits',
  'usage',
  'audience',
  'countries',
  'others',
] as const;
export type Group = (typeof GROUPS)[number];

/** By the beginning of the path. */
const GROUP_OF: Readonly<Record<string, Group>> = {
  ...{ nodeName: 'node', publicHost: 'node', log: 'node', cluster: 'node' },
  ...{
    dataDir: 'folders',
    recordingsDir: 'folders',
    archiveDir: 'folders',
    watermarksDir: 'folders',
    slatesDir: 'folders',
    storages: 'folders',
  },
  ...{ rulesFile: 'rules', databaseUrl: 'rules', masterKey: 'rules' },
  ...{ rtmp: 'doors', rtmps: 'doors', playback: 'doors', playbackTls: 'doors', upload: 'doors' },
  ...{ trustedProxies: 'doors', proxyProtocol: 'doors' },
  ...{ tls: 'certificates', control: 'control', audit: 'control', metrics: 'metrics' },
  ...{ ffmpegPath: 'transcode', transcode: 'transcode', limits: 'limits', overload: 'limits', shutdown: 'node' },
  ...{ jobs: 'processing', media: 'processing', workflows: 'processing' },
  ...{ library: 'processing', vod: 'processing', upload: 'processing' },
  eventSinks: 'usage',
  ...{ usage: 'usage', alarms: 'usage', audience: 'audience' },
  ...{ countryDatabase: 'countries', countryHeader: 'countries' },
};

export function groupOf({ path }: Pick<SettingEntry, 'path'>): Group {
  const [first = ''] = path.split('.');
  return Object.hasOwn(GROUP_OF, first) ? (GROUP_OF[first] ?? 'others') : 'others';
}

/** Those in which all words of the search are found, and that were set by somebody where only these are wanted. */
export function fittingSettings(
  settings: readonly SettingEntry[],
  wanted: { readonly search: string; readonly isSetOnly: boolean },
  wordsOf: (setting: SettingEntry) => string,
): readonly SettingEntry[] {
  const searched = wanted.search.toLowerCase().split(/\s+/).filter(Boolean);
  return settings.filter((setting) => {
    if (wanted.isSetOnly && setting.from === 'default') return false;
    const { path, variable = '', explanation, value = '' } = setting;
    const text = [path, variable, explanation, wordsOf(setting), value].join('\n').toLowerCase();
    return searched.every((word) => text.includes(word));
  });
}
