import type { CallbackReceiver, Received } from './callback-receiver.ts';
import { until } from './until.ts';

/** An alarm as a webhook hears of it. */
export type ToldAlarm = {
  readonly type: 'alarm_raised' | 'alarm_cleared';
  readonly data: {
    readonly id: string;
    readonly code: string;
    readonly severity: string;
    readonly sentence: string;
    readonly subject: { readonly kind: string; readonly name: string };
    readonly node: string;
    readonly raisedAt: string;
    readonly clearedAt?: string;
    readonly runbook: string;
  };
};

const parsed = ({ body }: Received) => JSON.parse(body) as ToldAlarm;

/** What a receiver took of alarms, in order; of one code or subject, or all. */
export function alarmsTold(receiver: CallbackReceiver, code?: string, name?: string): ToldAlarm[] {
  return receiver
    .told('alarms')
    .map(parsed)
    .filter(
      ({ data }) => (code === undefined || data.code === code) && (name === undefined || data.subject.name === name),
    );
}

/** Resolves with all that was told of an alarm once it was raised, or raised and cleared; never more than that. */
export async function untilTold(
  receiver: CallbackReceiver,
  type: ToldAlarm['type'],
  code: string,
  name?: string,
): Promise<ToldAlarm[]> {
  return until(
    `${code} is told: ${type}`,
    () => {
      const told = alarmsTold(receiver, code, name);
      return told.some((each) => each.type === type) && told;
    },
    120_000,
  );
}

/** `raised` and `cleared`, in order. */
export const typesOf = (told: readonly ToldAlarm[]) => told.map(({ type }) => type.slice('alarm_'.length));
