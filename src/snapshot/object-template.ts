import { fillObjectTemplate } from '../storage/index.ts';

/** What the variables of a snapshot's object name stand for. */
export type NameFacts = {
  readonly domain: string;
  readonly app: string;
  readonly stream: string;
  /** In seconds. */
  readonly unixTimestamp: number;
  /** Counts the snapshots of a publish, from 1. */
  readonly sequence: number;
};

/** ApsaraVideo's variables, `{AppName}` and the like, and our `{DomainName}`, filled in; nothing else in the text has a meaning. */
export function objectNameOf(template: string, facts: NameFacts): string {
  return fillObjectTemplate(template, {
    DomainName: facts.domain,
    AppName: facts.app,
    StreamName: facts.stream,
    UnixTimestamp: facts.unixTimestamp,
    Sequence: facts.sequence,
  });
}
