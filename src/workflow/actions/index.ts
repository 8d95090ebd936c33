export { type BuiltInOptions, builtInActions } from './built-in-actions.ts';
export { type CallOut, callOut } from './call-out.ts';
