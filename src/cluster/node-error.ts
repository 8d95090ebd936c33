/**
 * How a node that was asked did not answer: no connection came about; one did, and nothing came in time, or it broke;
 * one of the two does not trust the other; it answered that it failed; it does not know what it is asked.
 */
export type NodeTrouble = 'unreachable' | 'silent' | 'broken' | 'refused' | 'failed' | 'unknown';

/** Another node was asked, and gave no answer. */
export class NodeError extends Error {
  readonly trouble: NodeTrouble;

  constructor(trouble: NodeTrouble, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'NodeError';
    this.trouble = trouble;
  }
}

/** Its certificate or ours, or one side speaks without TLS. */
const OF_TLS = /CERT|SSL|TLS|EPROTO|UNABLE_TO_|HPE_/;

/** What became of a request that failed; `wasConnected`: it could be sent. */
export function nodeErrorOf(error: unknown, wasConnected: boolean): NodeError {
  if (error instanceof NodeError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (OF_TLS.test(code)) return new NodeError('refused', message, { cause: error });
  return new NodeError(wasConnected ? 'broken' : 'unreachable', message, { cause: error });
}

/** How these errors come about, a node is not there any more. */
const GONE = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'];

/** Whether a request failed as it does where the node has ended; a network that fails looks otherwise. */
export function isGone(error: unknown): boolean {
  const { code = '' } = ((error instanceof NodeError ? error.cause : error) ?? {}) as NodeJS.ErrnoException;
  return GONE.includes(code);
}

/** What a status says that is no answer. */
export function nodeErrorOfStatus(status: number): NodeError {
  if (status === 401) return new NodeError('refused', 'it has another cluster.token');
  if (status === 403) return new NodeError('refused', 'it does not take our certificate (cluster.tls)');
  return new NodeError(status === 400 ? 'unknown' : 'failed', `it answered ${status}`);
}
