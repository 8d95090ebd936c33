export { type EditedKind, editObject } from './edit-object.ts';
export { anyStream, appName, domainName, noDomain, oneStream, settingsOf, streamName, yesNo } from './names.ts';
