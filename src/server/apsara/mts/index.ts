import type { Service } from '../base/index.ts';
import { pipelineActions } from './pipeline-actions.ts';

/** ApsaraVideo Media Processing, as far as it is served. */
export const MTS: Service = { name: 'Media Processing', version: '2014-06-18', actions: [...pipelineActions] };
