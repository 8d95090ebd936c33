export { encodeSrsHook, isSrsYes, type SrsAction, type SrsHook } from './hook.ts';
