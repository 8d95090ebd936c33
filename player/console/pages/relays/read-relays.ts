import { fields, list, number, text } from '../../answers/answer-fields.ts';

/** One line: a stream that a rule relays, or a rule that relays none now. */
export type RelayRow = {
  readonly rule: string;
  readonly state: string;
  readonly stream?: string;
  readonly destination?: string;
  readonly address?: string;
  readonly since?: string;
  readonly reason?: string;
  readonly retryInSeconds?: number;
  readonly source?: number;
  readonly sources?: number;
  readonly sentBytes?: number;
  /** That has it, where there are several. */
  readonly node?: string;
};

export const readPulls = (answer: unknown) => rowsOf(fields(answer).pulls);
export const readTransfers = (answer: unknown) => rowsOf(fields(answer).transfers);

function rowsOf(rules: unknown): readonly RelayRow[] {
  return list(rules).flatMap((each) => {
    const { name, state, streams } = fields(each);
    const rule = text(name) ?? '';
    const rows = list(streams).map((stream) => rowOf(rule, stream));
    return rows.length > 0 ? rows : [{ rule, state: text(state) ?? '' }];
  });
}

function rowOf(rule: string, given: unknown): RelayRow {
  const { domain, app, stream, state, reason, ...rest } = fields(given);
  const optional = {
    ...{ destination: text(rest.destination), address: text(rest.address), since: text(rest.since) },
    ...{ reason: text(reason), retryInSeconds: number(rest.retryInSeconds), sentBytes: number(rest.sentBytes) },
    ...{ source: number(rest.source), sources: number(rest.sources), node: text(rest.node) },
  };
  const known = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
  return { rule, state: text(state) ?? '', stream: `${domain}/${app}/${stream}`, ...known };
}
