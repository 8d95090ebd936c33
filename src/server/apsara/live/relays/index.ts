import type { ServedAction } from '../../base/index.ts';
import { lazyPullActions } from './lazy-pull-actions.ts';
import { pullActions } from './pull-actions.ts';
import { transferActions } from './transfer-actions.ts';

/** Streams that come from other servers, and those that go on to them. */
export const relayActions: readonly ServedAction[] = [...pullActions, ...lazyPullActions, ...transferActions];
