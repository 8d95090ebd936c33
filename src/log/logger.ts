import { type DestinationStream, destination as openDestination, type Logger as Pino, pino } from 'pino';
import { redactFields } from './redact.ts';
import { redactText } from './redact-text.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

export type LogFields = Readonly<Record<string, unknown>>;

/** Events for operators. `message` is always the same sentence for the same event; what varies goes into fields. */
export interface Logger {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
  /** A logger whose every line has these fields too. */
  child(fields: LogFields): Logger;
}

export type LoggerOptions = {
  readonly level: LogLevel;
  /** There is one form, a JSON object a line; people can pipe it through a viewer of their choice. */
  readonly pretty?: false;
  /** Where lines go; standard output when left out. */
  readonly destination?: DestinationStream;
};

/** A reader of our output that does not read must not stop the server: lines past this are lost. */
const MAX_BUFFERED_CHARACTERS = 16_777_216;

/** Ours in every line; a field of such a name gets a `_` behind it. */
const OWN_FIELDS = ['level', 'time', 'message'];

function lineFields(fields: LogFields): LogFields {
  const shown = redactFields(fields);
  for (const name of OWN_FIELDS.filter((own) => Object.hasOwn(shown, own))) {
    shown[`${name}_`] = shown[name];
    delete shown[name];
  }
  return shown;
}

function wrap(target: Pino, bound: LogFields): Logger {
  const at = (level: Exclude<LogLevel, 'silent'>) => (fields: LogFields, message: string) => {
    if (target.isLevelEnabled(level)) target[level]({ ...bound, ...lineFields(fields) }, redactText(message));
  };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => wrap(target, { ...bound, ...lineFields(fields) }),
  };
}

/** One event, one line of JSON, no secret in it. */
export function createLogger({ level, destination }: LoggerOptions): Logger {
  const target = destination ?? openDestination({ dest: 1, sync: false, maxLength: MAX_BUFFERED_CHARACTERS });
  const options = {
    level,
    base: null,
    messageKey: 'message',
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    serializers: { err: (fields: unknown) => fields },
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return wrap(pino(options, target), {});
}
