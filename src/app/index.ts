export { type RunningApp, startApp } from './app.ts';
export { archiveFolder } from './archive-folder.ts';
export { banner } from './banner.ts';
export { type FoundFfmpeg, findFfmpeg } from './find-ffmpeg.ts';
export { ListenError, listen } from './listen.ts';
export { mediaTools } from './open-media.ts';
export { PACKAGE_ROOT, VERSION } from './package-root.ts';
export { type RunningWorker, startWorker } from './start-worker.ts';
export { watermarkCheckOf } from './watermarks.ts';
