export type { MergeParts } from './merge-arguments.ts';
export type { FrameRate, PieceEncoding } from './piece-arguments.ts';
export { type Piece, type PieceWish, planPieces } from './piece-plan.ts';
export { type ProgramRun, type SplitPrograms, Splitter } from './splitter.ts';
export type { TimeBase, VideoSurvey } from './video-survey.ts';
