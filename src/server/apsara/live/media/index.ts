import type { ServedAction } from '../../base/index.ts';
import { indexFileActions } from './index-file-actions.ts';
import { notifyRecordActions } from './notify-record-actions.ts';
import { recordActions } from './record-actions.ts';
import { recordConfigActions } from './record-config-actions.ts';
import { recordNotifyActions } from './record-notify-actions.ts';
import { recordVodActions } from './record-vod-actions.ts';
import { shiftActions } from './shift-actions.ts';
import { snapshotCallbackAuthActions } from './snapshot-callback-auth.ts';
import { snapshotConfigActions } from './snapshot-config-actions.ts';
import { snapshotFileActions } from './snapshot-file-actions.ts';
import { snapshotNotifyActions } from './snapshot-notify-actions.ts';
import { streamNotifyActions } from './stream-notify-actions.ts';
import { transcodeActions } from './transcode-actions.ts';
import { transcodeCountActions } from './transcode-count-actions.ts';
import { watermarkActions } from './watermark-actions.ts';
import { watermarkRuleActions } from './watermark-rule-actions.ts';

/** What becomes of streams: recordings, pictures, renditions, time shift, and who hears of it. */
export const mediaActions: readonly ServedAction[] = [
  ...recordConfigActions,
  ...recordNotifyActions,
  ...recordActions,
  ...recordVodActions,
  ...indexFileActions,
  ...streamNotifyActions,
  ...notifyRecordActions,
  ...transcodeActions,
  ...transcodeCountActions,
  ...watermarkActions,
  ...watermarkRuleActions,
  ...snapshotConfigActions,
  ...snapshotNotifyActions,
  ...snapshotCallbackAuthActions,
  ...snapshotFileActions,
  ...shiftActions,
];
