import {
  type AlarmNote,
  type CallbackSender,
  Deliverer,
  type DeliveryOutcome,
  type Endpoint,
  type StreamEvent,
  type Timers,
} from '../notify/index.ts';
import type { AlarmChannelRule } from '../rules/index.ts';
import type { AlarmBook } from './alarm-book.ts';
import { alarmNote } from './alarm-note.ts';
import { alertmanagerRequest } from './alertmanager-channel.ts';
import { sendAlarmMail } from './email-channel.ts';
import { noticeSource } from './notice-source.ts';
import { silenceOf } from './silences.ts';
import { alarmWebhook } from './webhook-channel.ts';

export type AlarmTellerOptions = {
  readonly book: AlarmBook;
  readonly channels: () => readonly AlarmChannelRule[];
  readonly sender: Pick<CallbackSender, 'send'>;
  readonly timers: Timers;
  readonly nodeId: string;
  readonly nowMs: () => number;
  readonly wallMs: () => number;
  /** Below it are the pages of what to do. */
  readonly runbookBase: string;
  readonly onOutcome: (outcome: DeliveryOutcome) => void;
  readonly onError: (error: unknown, what: string) => void;
};

/** Tells channels of alarms, with the tries and pauses of callbacks, from this node's own disk. */
export class AlarmTeller {
  readonly #options: AlarmTellerOptions;
  readonly #source: ReturnType<typeof noticeSource>;
  readonly #deliverer: Deliverer;
  readonly #resentAtMs = new Map<string, number>();

  constructor(options: AlarmTellerOptions) {
    this.#options = options;
    this.#source = noticeSource(options);
    this.#deliverer = new Deliverer({
      source: this.#source,
      endpointOf: ({ endpointId }) => endpointOf(this.#channel(endpointId)),
      send: options.sender.send,
      tell: ({ event, endpointId }, _endpoint, signal) => this.send(event, this.#channel(endpointId), signal),
      nowMs: options.wallMs,
      timers: options.timers,
      concurrency: 16,
      onOutcome: options.onOutcome,
      onSourceError: (error) => options.onError(error, 'a notice of an alarm could not be kept'),
    });
  }

  start(): void {
    this.#deliverer.start();
  }

  /** There may be something to tell; and who must be told again and again is, when it is time. */
  wake(): void {
    this.#source.wake();
    for (const channel of this.#options.channels()) if (channel.kind === 'alertmanager') this.#resend(channel);
  }

  /** Tells one channel of one event once; throws where nobody answers. */
  async send(
    event: StreamEvent,
    channel: AlarmChannelRule | undefined,
    signal: AbortSignal,
  ): Promise<{ readonly status: number }> {
    const { sender, wallMs } = this.#options;
    const note = event.data.alarm;
    if (channel === undefined || note === undefined) throw new Error('the channel is no longer in the rules');
    if (channel.kind === 'email') {
      await sendAlarmMail(event.kind, note, channel);
      return { status: 250 };
    }
    const isWebhook = channel.kind === 'webhook';
    const request = isWebhook ? alarmWebhook(event, channel, wallMs()) : alertmanagerRequest([note], channel, wallMs());
    return sender.send(request, 'administrator', signal);
  }

  async close(): Promise<void> {
    await this.#deliverer.finish(3000);
    await this.#deliverer.close();
  }

  #channel(id: string): AlarmChannelRule | undefined {
    return this.#options.channels().find((channel) => channel.id === id);
  }

  #resend(channel: AlarmChannelRule): void {
    const { sender, nowMs, wallMs, onError } = this.#options;
    const lastMs = this.#resentAtMs.get(channel.id) ?? Number.NEGATIVE_INFINITY;
    if (!channel.enabled || nowMs() - lastMs < channel.resendSeconds * 1000) return;
    this.#resentAtMs.set(channel.id, nowMs());
    const notes = this.#lasting(channel);
    if (notes.length === 0) return;
    const request = alertmanagerRequest(notes, channel, wallMs());
    sender
      .send(request, 'administrator', AbortSignal.timeout(5000))
      .catch((error: unknown) => onError(error, 'an Alertmanager could not be told again'));
  }

  #lasting(channel: AlarmChannelRule): AlarmNote[] {
    const { book, nodeId, wallMs, runbookBase } = this.#options;
    const isTold = (told: Readonly<Record<string, string>>) => told[channel.id] !== undefined;
    return [...book.open().values()]
      .filter((alarm) => alarm.nodeId === nodeId && isTold(alarm.told))
      .filter((alarm) => !silenceOf(alarm, book.silences.values(), wallMs()))
      .map((alarm) => alarmNote(alarm, runbookBase));
  }
}

/** What the deliverer wants to know of a channel; one that is switched off is still told that what it heard of is over. */
function endpointOf(channel: AlarmChannelRule | undefined): Endpoint | undefined {
  return channel && { id: channel.id, url: channel.url ?? '', form: 'json', key: channel.key, setBy: 'administrator' };
}
