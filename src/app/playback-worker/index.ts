export { runPlaybackWorker } from './run.ts';
