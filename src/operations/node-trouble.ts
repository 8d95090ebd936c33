import { NodeError, type NodeTrouble, type Peer } from '../cluster/index.ts';
import { OperationError } from './base/index.ts';

type Known = { readonly status: number; readonly code: string; readonly sentence: string; readonly remedy: string };

const MAY_BE_DONE = 'It may have been done nevertheless: look before you ask again.';
const LOOK = 'Look at the nodes and try again.';

/** What a caller is told of each. */
const TROUBLES: Readonly<Record<NodeTrouble, Known>> = {
  unreachable: {
    ...{ status: 503, code: 'NODE_UNREACHABLE', sentence: 'cannot be reached' },
    remedy: `${LOOK} If it is gone for good, its encoders connect to another node, which has their streams then.`,
  },
  silent: { status: 504, code: 'NODE_SILENT', sentence: 'does not answer', remedy: `${MAY_BE_DONE} ${LOOK}` },
  broken: { status: 504, code: 'NODE_SILENT', sentence: 'broke off before its answer', remedy: MAY_BE_DONE },
  refused: {
    ...{ status: 502, code: 'NODE_REFUSED', sentence: 'and this one do not trust each other' },
    remedy: 'Give all nodes the same cluster.token, and certificates of one authority; the log of both says more.',
  },
  failed: { status: 502, code: 'NODE_FAILED', sentence: 'failed', remedy: 'Its log says why.' },
  unknown: {
    ...{ status: 502, code: 'NODE_OTHER_RELEASE', sentence: 'does not know what it was asked' },
    remedy: 'Run one release on all nodes.',
  },
};

/** Of another node that was to do something, why it did not. */
export class NodeTroubleError extends OperationError {
  constructor({ name, version }: Peer, cause: unknown, ownVersion?: string) {
    const trouble = cause instanceof NodeError ? cause.trouble : 'failed';
    const { status, code, sentence, remedy } = TROUBLES[trouble];
    const why = cause instanceof Error ? cause.message : String(cause);
    const isOther = version !== undefined && ownVersion !== undefined && version !== ownVersion;
    const releases = isOther ? ` (it runs ${version}, and this one ${ownVersion})` : '';
    super(status, code, `the node ${name} ${sentence}: ${why}${releases}`, remedy);
    this.cause = cause;
  }
}
