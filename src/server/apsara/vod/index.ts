import type { Service } from '../base/index.ts';
import { categoryActions } from './category-actions.ts';
import { groupActions } from './group-actions.ts';
import { messageActions } from './message-actions.ts';
import { playActions } from './play-actions.ts';
import { uploadActions } from './upload-actions.ts';
import { videoActions } from './video-actions.ts';

/** ApsaraVideo VOD, as far as it is served. */
export const VOD: Service = {
  name: 'VOD',
  version: '2017-03-21',
  actions: [...uploadActions, ...videoActions, ...playActions, ...categoryActions, ...groupActions, ...messageActions],
};
