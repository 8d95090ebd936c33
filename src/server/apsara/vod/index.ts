import type { Service } from '../base/index.ts';
import { auditActions } from './audit-actions.ts';
import { categoryActions } from './category-actions.ts';
import { dataKeyActions } from './data-key.ts';
import { groupActions } from './group-actions.ts';
import { imageActions } from './image-actions.ts';
import { messageActions } from './message-actions.ts';
import { pictureActions, vodTemplateActions } from './picture-actions.ts';
import { playActions } from './play-actions.ts';
import { transcodeActions } from './transcode-actions.ts';
import { uploadActions } from './upload-actions.ts';
import { uploadStateActions } from './upload-state-actions.ts';
import { videoActions } from './video-actions.ts';
import { watermarkActions } from './watermark-actions.ts';

/** ApsaraVideo VOD, as far as it is served. */
export const VOD: Service = {
  name: 'VOD',
  version: '2017-03-21',
  actions: [
    ...[
      ...uploadActions,
      ...uploadStateActions,
      ...videoActions,
      ...auditActions,
      ...playActions,
      ...imageActions,
      ...categoryActions,
    ],
    ...[...groupActions, ...watermarkActions, ...vodTemplateActions, ...transcodeActions, ...pictureActions],
    ...[...dataKeyActions, ...messageActions],
  ],
};
