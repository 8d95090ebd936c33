export type { MergeParts } from './merge-arguments.ts';
export { type FrameRate, leadInSeconds, type PieceEncoding, type PieceSource, secondsOf } from './piece-arguments.ts';
export { type Piece, type PieceWish, planPieces } from './piece-plan.ts';
export { type OpenInput, type ProgramRun, type SplitPrograms, Splitter } from './splitter.ts';
export type { TimeBase, VideoSurvey } from './video-survey.ts';
