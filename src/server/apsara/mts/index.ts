import type { Service } from '../base/index.ts';
import { jobActions } from './job-actions.ts';
import { mediaActions } from './media-actions.ts';
import { mediaExecutionActions } from './media-execution-actions.ts';
import { mediaWorkflowActions } from './media-workflow-actions.ts';
import { pictureActions } from './picture-actions.ts';
import { pipelineActions } from './pipeline-actions.ts';
import { templateActions, watermarkTemplateActions } from './template-actions.ts';

/** ApsaraVideo Media Processing, as far as it is served. */
export const MTS: Service = {
  name: 'Media Processing',
  version: '2014-06-18',
  actions: [
    ...[...pipelineActions, ...templateActions, ...watermarkTemplateActions, ...jobActions, ...pictureActions],
    ...[...mediaActions, ...mediaWorkflowActions, ...mediaExecutionActions],
  ],
};
