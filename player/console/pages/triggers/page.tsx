import type { VNode } from 'preact';
import { useLocation } from 'preact-iso';
import {
  ActionButton,
  Ago,
  Card,
  type Column,
  Empty,
  may,
  PagedTable,
  PageHead,
  Pill,
  ProblemNote,
  pathOf,
  put,
  useAction,
  usePagedList,
  usePoll,
} from '../../kit/index.ts';
import { hrefOf } from '../../shell/href.ts';
import { readRecordRules } from '../library/record-rules.ts';
import { type Firing, placeOf, readTriggers, type Trigger } from './read-triggers.ts';
import { triggerWords } from './words.ts';

/** What sets off workflows, and what brings recordings into the library. */
export function Page(): VNode {
  const words = triggerWords();
  const { route } = useLocation();
  const triggers = usePagedList({ path: '/workflow-triggers?limit=100', read: readTriggers });
  const { place, workflow, state, last, actions } = words.columns;
  const columns: readonly Column<Trigger>[] = [
    {
      head: place,
      cell: (each) => (
        <>
          <small>{words.kinds[each.kind]}</small>
          <br />
          <a href={hrefOf('triggers/:id', each.id)}>{placeOf(each)}</a>
        </>
      ),
    },
    {
      head: workflow,
      cell: (each) => (
        <>
          <a href={hrefOf('workflows/:workflow', each.workflow)}>{each.workflow}</a>
          {each.alias !== undefined && ` (${each.alias})`}
        </>
      ),
    },
    { head: state, cell: (each) => <TriggerState trigger={each} /> },
    { head: last, cell: (each) => (each.lastFiring ? <FiringNote firing={each.lastFiring} /> : words.never) },
    {
      ...{ head: actions, isActions: true },
      cell: (each) => may('templates:write') && <Switch trigger={each} onDone={() => void triggers.reload()} />,
    },
  ];
  const create = may('templates:write') && (
    <button type="button" onClick={() => route(hrefOf('triggers/:id', '+'))}>
      {words.create}
    </button>
  );
  return (
    <>
      <PageHead title={words.title} hint={words.hint}>
        {create}
      </PageHead>
      <div class="stack">
        <section>
          <PagedTable
            list={triggers}
            caption={words.title}
            columns={columns}
            keyOf={({ id }) => id}
            empty={
              <Empty title={words.none}>
                <p>{words.noneHint}</p>
              </Empty>
            }
          />
        </section>
        {may('rules:read') && <LiveRecordings />}
      </div>
    </>
  );
}

/** Whether it is on, and why it cannot look. */
export function TriggerState({ trigger: { isEnabled, trouble } }: { readonly trigger: Trigger }): VNode {
  const words = triggerWords();
  if (!isEnabled) return <Pill verdict={{ words: words.off, tone: 'quiet' }} />;
  if (trouble === undefined) return <Pill verdict={{ words: words.on, tone: 'good' }} />;
  return (
    <>
      <Pill verdict={{ words: words.trouble, tone: 'bad' }} />
      <br />
      <small>{trouble}</small>
    </>
  );
}

/** What set it off, when, and the run or the reason why there is none. */
export function FiringNote({ firing: { object, at, run, ignored } }: { readonly firing: Firing }): VNode {
  return (
    <>
      {run === undefined ? object : <a href={hrefOf('workflow-runs/:run', run)}>{object}</a>}{' '}
      <small>
        <Ago at={at} />
      </small>
      {ignored !== undefined && (
        <>
          <br />
          <small>{ignored}</small>
        </>
      )}
    </>
  );
}

function Switch({ trigger, onDone }: { readonly trigger: Trigger; readonly onDone: () => void }): VNode {
  const words = triggerWords();
  const { id, workflow, alias, settings, isEnabled } = trigger;
  const toggle = useAction(
    () => put(`/workflow-triggers${pathOf(id)}`, { workflow, alias, settings, isEnabled: !isEnabled }),
    onDone,
  );
  return (
    <>
      <ActionButton action={toggle} class="outline">
        {isEnabled ? words.switchOff : words.switchOn}
      </ActionButton>
      <ProblemNote problem={toggle.problem.value} />
    </>
  );
}

/** Recordings come into the library by rules for streams, not by triggers. */
function LiveRecordings(): VNode {
  const words = triggerWords();
  const { value: rules, problem } = usePoll({ path: '/stream-rules?limit=500', read: readRecordRules }).state.value;
  return (
    <Card title={words.live} actions={<a href={hrefOf('stream-rules')}>{words.toRules}</a>}>
      <p class="hint">{words.liveHint}</p>
      <ProblemNote problem={problem} />
      {rules?.length === 0 && <p>{words.noLive}</p>}
      <ul>
        {rules?.map(({ id, as, group }) => (
          <li key={id}>
            <a href={hrefOf('stream-rules/:id', id)}>{id}</a>: {words.liveAs[as] ?? as}
            {group !== undefined && `, ${words.byGroup(group)}`}
          </li>
        ))}
      </ul>
    </Card>
  );
}
