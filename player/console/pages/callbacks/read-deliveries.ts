import { AnswerError, type Fields, fields, list, number, oneOf, optional, text } from '../../answers/answer-fields.ts';
import type { ListPage } from '../../kit/index.ts';

export type DeliveryState = 'pending' | 'delivered' | 'dead';

/** `GET /api/v1/deliveries`: an event on its way to one endpoint. */
export type Delivery = {
  readonly id: number;
  readonly state: DeliveryState;
  readonly endpoint: string;
  readonly kind: string;
  readonly domain: string;
  readonly app: string;
  readonly stream: string;
  /** Of what happened to an asset or a job, and to no stream. */
  readonly asset?: string;
  readonly job?: string;
  readonly at: string;
  readonly attempts: number;
  readonly nextAttemptAt?: string;
  readonly lastStatus?: number;
  readonly lastError?: string;
};

export type Try = {
  readonly at: string;
  readonly durationMs: number;
  readonly status?: number;
  readonly error?: string;
};

/** `GET /api/v1/deliveries/{id}`. */
export type WholeDelivery = Delivery & {
  readonly data: Fields;
  readonly tries: readonly Try[];
  readonly request?: {
    readonly method: string;
    readonly url: string;
    readonly headers: readonly (readonly [string, string])[];
    readonly body?: string;
  };
};

export function readDeliveries(answer: unknown): ListPage<Delivery> {
  const { deliveries, nextCursor } = fields(answer);
  if (!Array.isArray(deliveries)) throw new AnswerError('the answer holds no list of deliveries');
  return { rows: deliveries.map((entry) => readDelivery(fields(entry))), cursor: text(nextCursor) };
}

export function readWholeDelivery(answer: unknown): WholeDelivery {
  const entry = fields(answer);
  const { method, url, headers, body } = fields(entry.request);
  return {
    ...readDelivery(entry),
    data: fields(entry.data),
    tries: list(entry.tries).map((each) => readTry(fields(each))),
    ...(entry.request === undefined
      ? {}
      : {
          request: {
            method: text(method) ?? '',
            url: text(url) ?? '',
            headers: Object.entries(fields(headers)).map(([name, value]) => [name, String(value)] as const),
            ...optional('body', text(body)),
          },
        }),
  };
}

function readDelivery(entry: Fields): Delivery {
  return {
    id: number(entry.id) ?? 0,
    state: oneOf<DeliveryState>(entry.state, ['pending', 'delivered', 'dead']) ?? 'pending',
    endpoint: text(entry.endpoint) ?? '',
    kind: text(entry.kind) ?? '',
    domain: text(entry.domain) ?? '',
    app: text(entry.app) ?? '',
    stream: text(entry.stream) ?? '',
    at: text(entry.at) ?? '',
    attempts: number(entry.attempts) ?? 0,
    ...optional('asset', text(entry.asset)),
    ...optional('job', text(entry.job)),
    ...optional('nextAttemptAt', text(entry.nextAttemptAt)),
    ...optional('lastStatus', number(entry.lastStatus)),
    ...optional('lastError', text(entry.lastError)),
  };
}

function readTry(entry: Fields): Try {
  return {
    at: text(entry.at) ?? '',
    durationMs: number(entry.durationMs) ?? 0,
    ...optional('status', number(entry.status)),
    ...optional('error', text(entry.error)),
  };
}
