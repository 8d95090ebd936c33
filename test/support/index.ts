export { type Child, runToEnd, start } from './child.ts';
export { HEADWATER } from './entry.ts';
export { type Headwater, type HeadwaterOptions, startHeadwater } from './headwater.ts';
export { publishTestPicture, type TestPicture, testPictureArgs, untilLive } from './publish.ts';
export { tempDir } from './temp-dir.ts';
export { until } from './until.ts';
