import type { Service } from '../base/index.ts';
import { blockActions } from './block-actions.ts';
import { allDomainActions } from './domains/index.ts';
import { mediaActions } from './media/index.ts';
import { relayActions } from './relays/index.ts';
import { streamActions } from './stream-actions.ts';
import { domainUsageActions, streamUsageActions } from './usage/index.ts';

/** ApsaraVideo Live, as far as it is served. */
export const LIVE: Service = {
  name: 'Live',
  version: '2016-11-01',
  actions: [
    ...allDomainActions,
    ...blockActions,
    ...streamActions,
    ...mediaActions,
    ...relayActions,
    ...domainUsageActions,
    ...streamUsageActions,
  ],
};
