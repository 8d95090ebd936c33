import { fields, number, text } from '../answers/answer-fields.ts';
import type { EventEntry } from '../answers/answer-types.ts';
import { readEvent } from '../answers/read-answers.ts';
import { queryOf } from '../kit/index.ts';

const PATH = '/api/v1/events/stream';
/** A proxy that carries no WebSockets may hold the request for ever. */
const OPENING_MS = 10_000;
/** The server says something at least every half minute; a line that is silent longer is dead. */
const SILENCE_MS = 75_000;

export type SocketWish = {
  /** What to go on after. */
  readonly cursor: number;
  readonly filter: Readonly<Record<string, string>>;
  readonly onEvent: (event: EventEntry) => void;
  readonly onCursor: (cursor: number) => void;
  readonly signal: AbortSignal;
};

/** Follows events by one WebSocket until it ends; says whether it ever brought anything. */
export function followBySocket({ cursor, filter, onEvent, onCursor, signal }: SocketWish): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = openSocket(`${PATH}${queryOf({ after: cursor, ...filter })}`);
    if (socket === undefined || signal.aborted) return resolve(false);
    let hasSpoken = false;
    let timer = window.setTimeout(() => end(), OPENING_MS);
    const end = () => {
      window.clearTimeout(timer);
      signal.removeEventListener('abort', end);
      window.removeEventListener('offline', end);
      socket.onmessage = socket.onclose = null;
      socket.close();
      resolve(hasSpoken);
    };
    socket.onclose = end;
    socket.onmessage = ({ data }) => {
      hasSpoken = true;
      window.clearTimeout(timer);
      timer = window.setTimeout(end, SILENCE_MS);
      const frame = parsed(data);
      if (text(frame.type) === 'event') onEvent(readEvent(frame.event));
      const at = number(frame.cursor);
      if (at !== undefined) onCursor(at);
    };
    signal.addEventListener('abort', end);
    window.addEventListener('offline', end);
  });
}

/** Undefined where the browser refuses. */
function openSocket(path: string): WebSocket | undefined {
  try {
    const url = new URL(path, location.href);
    url.protocol = url.protocol.replace('http', 'ws');
    return new WebSocket(url);
  } catch {
    return undefined;
  }
}

function parsed(data: unknown): ReturnType<typeof fields> {
  try {
    return fields(JSON.parse(String(data)));
  } catch {
    return {};
  }
}
