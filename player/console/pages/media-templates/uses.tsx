import type { VNode } from 'preact';
import { fields, number } from '../../answers/answer-fields.ts';
import { Card, may, ProblemNote, queryOf, usePoll } from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { readAssets } from '../library/read-assets.ts';
import { readRecordRules } from '../library/record-rules.ts';
import { type MediaTemplate, namesIn, readTemplates } from './read-templates.ts';
import { templateWords } from './words.ts';

const SHOWN = 12;

/** Who would notice if it were changed: groups that name a template; assets and stream rules that name a group. */
export function TemplateUses({ template }: { readonly template: MediaTemplate }): VNode {
  const words = templateWords();
  return (
    <Card title={words.uses}>
      {template.kind === 'group' ? (
        <>
          {may('assets:read') && <Assets id={template.id} />}
          {may('rules:read') && <Rules id={template.id} />}
        </>
      ) : (
        <Groups id={template.id} />
      )}
    </Card>
  );
}

function Groups({ id }: { readonly id: string }): VNode {
  const words = templateWords();
  const { value, problem } = usePoll({ path: '/media/templates/group?limit=200', read: readTemplates }).state.value;
  const users = value?.rows.filter((group) => namesIn(group).includes(id)) ?? [];
  return (
    <>
      <ProblemNote problem={problem} />
      {value && users.length === 0 && <p class="hint">{words.noGroups}</p>}
      {users.length > 0 && (
        <Links
          title={words.kinds.group}
          links={users.map((group) => [hrefOf('media-templates/:kind/:id', 'group', group.id), group.name])}
        />
      )}
    </>
  );
}

function Assets({ id }: { readonly id: string }): VNode {
  const words = templateWords();
  const query = queryOf({ match: `TemplateGroupId = '${id}'`, total: 'true', limit: SHOWN });
  const { value, problem } = usePoll({ path: `/assets${query}`, read: readUsers }).state.value;
  return (
    <>
      <ProblemNote problem={problem} />
      {value?.total === 0 && <p class="hint">{words.noAssets}</p>}
      {value !== undefined && value.total > 0 && (
        <Links
          title={words.assets(value.total)}
          links={value.assets.map((asset) => [hrefOf('library/:id', asset.id), asset.title])}
        />
      )}
    </>
  );
}

function readUsers(answer: unknown) {
  const assets = readAssets(answer).rows;
  return { assets, total: number(fields(answer).total) ?? assets.length };
}

/** Rules by which recordings come into the library. */
function Rules({ id }: { readonly id: string }): VNode | null {
  const words = templateWords();
  const { value } = usePoll({ path: '/stream-rules?limit=500', read: readRecordRules }).state.value;
  const users = value?.filter(({ group }) => group === id) ?? [];
  if (users.length === 0) return null;
  return <Links title={words.rules} links={users.map((rule) => [hrefOf('stream-rules/:id', rule.id), rule.id])} />;
}

function Links(props: {
  readonly title: string;
  readonly links: readonly (readonly [href: string, words: string])[];
}): VNode {
  return (
    <>
      <h3>{props.title}</h3>
      <ul>
        {props.links.map(([href, words]) => (
          <li key={href}>
            <a href={href}>{words}</a>
          </li>
        ))}
      </ul>
    </>
  );
}
