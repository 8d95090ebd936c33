import { CHINESE_LABELS } from './field-words-zh.ts';
import { CHINESE_HINTS } from './hints-zh.ts';

const UNITS: readonly (readonly [ending: RegExp, unit: string])[] = [
  [/(?<=[a-z])Seconds$/, 's'],
  [/(?<=[a-z])Ms$/, 'ms'],
  [/(?<=[a-z])Bytes$/, 'bytes'],
  [/(?<=[a-z])Days$/, 'days'],
  [/(?<=[a-z])Hours$/, 'hours'],
  [/(?<=[a-z])(Kbps|KbitPerSecond)$/, 'kb/s'],
];

const CHINESE_UNITS: Readonly<Record<string, string>> = {
  s: '秒',
  ms: '毫秒',
  bytes: '字节',
  days: '天',
  hours: '小时',
};

const ACRONYMS = /\b(Url|Https|Hls|Ip|Id|Fps|Gop|Uid|Flv|Rtmp|Ts|Crf)\b/gi;

type Words = { readonly label: string; readonly unit?: string };

/** A field's name as people read it: `viewerQueueSeconds` is "Viewer queue", in s. */
export function fieldWords(name: string): Words {
  const { bare, unit } = unitOf(name);
  const spaced = bare.replace(/(?<=[a-z0-9])(?=[A-Z])/g, ' ').toLowerCase();
  const words = spaced.replace(ACRONYMS, (word) => word.toUpperCase());
  const label = words.charAt(0).toUpperCase() + words.slice(1);
  return { label, ...(unit === undefined ? {} : { unit }) };
}

/** The same in Chinese; in English where it has no Chinese name. */
export function chineseFieldWords(name: string): Words {
  const { bare, unit } = unitOf(name);
  const label = CHINESE_LABELS[bare];
  if (label === undefined) return fieldWords(name);
  return { label, ...(unit === undefined ? {} : { unit: CHINESE_UNITS[unit] ?? unit }) };
}

/** A hint of the server in Chinese; in English where it has none. */
export const chineseHint = (english: string): string => CHINESE_HINTS[english] ?? english;

function unitOf(name: string): { readonly bare: string; readonly unit?: string } {
  const found = UNITS.find(([ending]) => ending.test(name));
  return found ? { bare: name.replace(found[0], ''), unit: found[1] } : { bare: name };
}
