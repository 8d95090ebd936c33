import type { Signal } from '@preact/signals';
import type { VNode } from 'preact';
import { type ApiProblem, may, SelectField, usePoll } from '../../kit/index.ts';
import { readTemplates } from '../media-templates/read-templates.ts';
import { libraryWords } from './words.ts';

/** Groups that come with the server. */
const SHIPPED = { adaptive: 'adaptive', none: 'VOD_NO_TRANSCODE' } as const;

/** What is to be made of an asset: one of the groups of templates; empty for the usual one. */
export function TemplateGroupField(props: {
  readonly value: Signal<string>;
  readonly name?: string;
  readonly problem?: ApiProblem | undefined;
  readonly hint?: string;
}): VNode {
  const words = libraryWords();
  const path = may('templates:read') ? '/media/templates/group?limit=200' : undefined;
  const groups = usePoll({ path, read: readTemplates }).state.value.value?.rows ?? [];
  const choices = [
    { value: '', words: words.groups.usual },
    { value: SHIPPED.adaptive, words: words.groups.adaptive },
    { value: SHIPPED.none, words: words.groups.none },
    ...groups.map(({ id, name }) => ({ value: id, words: name })),
  ];
  const isKnown = choices.some(({ value }) => value === props.value.value);
  const all = isKnown ? choices : [...choices, { value: props.value.value, words: props.value.value }];
  return <SelectField {...props} label={words.group} choices={all} />;
}
