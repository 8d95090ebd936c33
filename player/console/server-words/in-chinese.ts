/**
 * What the server says in English, in Chinese: the same for whatever it says under this code, or by what it says, where
 * its values stand in the Chinese as `$1`.
 */
type Said = string | readonly (readonly [says: RegExp, chinese: string])[];

/** A code's sentence and what to do about it; without a remedy of its own the server's stays. */
export type Chinese = { readonly sentence: Said; readonly remedy?: Said };

/** The Chinese of one kind of codes. */
export type ChineseTable<Code extends string = string> = Readonly<Record<Code, Chinese>>;

type Finding = { readonly code: string; readonly sentence: string; readonly remedy?: string };

/** The finding in Chinese by the first table that has its code and knows its sentence; undefined where none does. */
export function inChinese<F extends Finding>(finding: F, tables: readonly ChineseTable[]): F | undefined {
  for (const table of tables) {
    if (!Object.hasOwn(table, finding.code)) continue;
    const chinese = table[finding.code];
    const sentence = chinese && chineseOf(finding.sentence, chinese.sentence);
    if (sentence === undefined) continue;
    const remedy = chinese?.remedy && chineseOf(finding.remedy ?? '', chinese.remedy);
    return { ...finding, sentence, ...(remedy !== undefined && { remedy }) };
  }
  return undefined;
}

function chineseOf(english: string, said: Said): string | undefined {
  if (typeof said === 'string') return said;
  const known = said.find(([says]) => says.test(english));
  return known && english.replace(...known);
}
