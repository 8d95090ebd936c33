export { playSlate, type SlateLoop } from './slate-loop.ts';
export { Slates, type SlatesOptions, type SlateWish } from './slates.ts';
