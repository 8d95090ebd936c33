import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { Busy, Card, Findings, PageHead, ProblemNote, SelectField, TextField, usePoll } from '../../kit/index.ts';
import { NodeCards } from './node-cards.tsx';
import { readNodeSettings, type SettingEntry } from './read-settings.ts';
import { fittingSettings, GROUPS, groupOf } from './setting-groups.ts';
import { explanationOf, SettingRow } from './setting-row.tsx';
import './settings.css';
import { settingsWords } from './words.ts';

const EVERY_MS = 30_000;

/** What the server was started with, and on what it runs. */
export function Page(): VNode {
  const words = settingsWords();
  const { value, problem } = usePoll({
    path: '/settings',
    everyMs: EVERY_MS,
    read: readNodeSettings,
  }).state.value;
  const changed = { code: 'CHANGED', sentence: words.changed, remedy: words.changedRemedy };
  return (
    <>
      <PageHead title={words.title} hint={words.hint} />
      <ProblemNote problem={problem} />
      {!value && !problem && <Busy />}
      {value && (
        <>
          <Findings findings={value.file?.isChanged ? [changed] : []} tone="warn" />
          <NodeCards settings={value} />
          <SettingList settings={value.settings} />
        </>
      )}
    </>
  );
}

function SettingList({ settings }: { readonly settings: readonly SettingEntry[] }): VNode {
  const words = settingsWords();
  const search = useSignal('');
  const shown = useSignal<'all' | 'set'>('all');
  const wanted = { search: search.value, isSetOnly: shown.value === 'set' };
  const fit = fittingSettings(settings, wanted, explanationOf);
  const choices = (['all', 'set'] as const).map((value) => ({ value, words: words.shown[value] }));
  return (
    <>
      <search class="settings-search">
        <TextField label={words.search} placeholder={words.searchHint} value={search} type="search" />
        <SelectField label={words.show} value={shown} choices={choices} />
      </search>
      {fit.length === 0 && <p role="status">{words.nothing}</p>}
      <div class="stack">
        {GROUPS.map((group) => {
          const rows = fit.filter((setting) => groupOf(setting) === group);
          if (rows.length === 0) return null;
          return (
            <Card key={group} title={words.groups[group]}>
              <ul class="setting-list">
                {rows.map((setting) => (
                  <SettingRow key={setting.path} setting={setting} />
                ))}
              </ul>
            </Card>
          );
        })}
      </div>
    </>
  );
}
