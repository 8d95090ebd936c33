export { anyStream, appName, domainName, noDomain, oneStream, settingsOf, streamName, yesNo } from './names.ts';
