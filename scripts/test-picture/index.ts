export { drawClockCells, drawText } from './clock.ts';
export { encoderArguments, type TestPictureOptions } from './encoder-arguments.ts';
export { type PublishResult, publishOnce } from './publish.ts';
export { type Size, smallerSize } from './smaller-size.ts';
export { pushUrlOf, type Target, withoutKeys } from './target.ts';
