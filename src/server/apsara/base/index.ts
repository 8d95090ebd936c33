export { type ActionCall, action, DONE, type ServedAction, type Service } from './action.ts';
export { type Body, isJson, xmlText } from './answer.ts';
export { ApsaraError, invalidParameter, missingParameter } from './apsara-error.ts';
export { type EditedKind, editObject } from './edit-object.ts';
export { everyPage } from './every-page.ts';
export { commaList, flag, integer, listOf, paged, text, utcText, utcTime } from './fields.ts';
export { jsonObject } from './json-object.ts';
export { streamTexts, textsOf } from './media-stream.ts';
export { apsaraErrorOf, hasStatus, isNotFound, orNotFound } from './operation-answer.ts';
