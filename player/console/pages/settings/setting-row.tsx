import type { VNode } from 'preact';
import { formatBytes } from '../../../wording/index.ts';
import { language, Pill, type Verdict } from '../../kit/index.ts';
import type { SettingEntry } from './read-settings.ts';
import { CHINESE_EXPLANATIONS, CHINESE_UNITS } from './setting-words-zh.ts';
import { settingsWords } from './words.ts';

const LEAST_BYTES = 10_000;

/** What the setting is for, in the language of the console where it has that. */
export function explanationOf({ path, explanation }: SettingEntry): string {
  const chinese = language.value === 'zh' && Object.hasOwn(CHINESE_EXPLANATIONS, path);
  return chinese ? (CHINESE_EXPLANATIONS[path] ?? explanation) : explanation;
}

/** A setting: name and what it is for, its value, and who set it. */
export function SettingRow({ setting }: { readonly setting: SettingEntry }): VNode {
  const words = settingsWords();
  const { path, variable, unit, isContentFollowed } = setting;
  return (
    <li class="setting">
      <div class="setting-about">
        <h3>
          <code>{path}</code>
        </h3>
        <p>{withCode(explanationOf(setting))}</p>
        {isContentFollowed && <p class="hint">{words.followed}</p>}
      </div>
      <div class="setting-value">
        <p class="setting-now">
          <Value setting={setting} /> <Pill verdict={originOf(setting)} />
        </p>
        <dl>
          <div>
            <dt>{words.variable}</dt>
            <dd>{variable === undefined ? words.fileOnly : <code>{variable}</code>}</dd>
          </div>
          <div>
            <dt>{words.default}</dt>
            <dd>{setting.default === '' ? words.notSet : <code>{setting.default}</code>}</dd>
          </div>
          <div>
            <dt>{words.unit}</dt>
            <dd>{language.value === 'zh' ? (CHINESE_UNITS[unit] ?? unit) : unit}</dd>
          </div>
        </dl>
      </div>
    </li>
  );
}

/** What stands between backticks is code. */
function withCode(words: string): (VNode | string)[] {
  return words.split('`').map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part));
}

function Value({ setting: { value, isSecret, isSet, unit } }: { readonly setting: SettingEntry }): VNode {
  const words = settingsWords();
  if (isSecret) return <em>{isSet ? words.secretSet : words.notSet}</em>;
  if (value === undefined) return <em>{words.notSet}</em>;
  const bytes = unit === 'bytes' && Number(value) >= LEAST_BYTES ? ` (${formatBytes(Number(value))})` : '';
  return (
    <span>
      <code>{value}</code>
      {bytes}
    </span>
  );
}

function originOf({ from, setBy, variable }: SettingEntry): Verdict {
  const words = settingsWords();
  const isOther = setBy !== undefined && setBy !== variable;
  return { words: isOther ? words.by(setBy) : words.from[from], tone: from === 'default' ? 'quiet' : 'good' };
}
