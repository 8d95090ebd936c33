export { BUILT_IN_TEMPLATES } from './built-in-templates.ts';
export { type Compilation, compileRules, type RuleError } from './compile.ts';
export { CompiledRules, type CompiledRulesOptions, type ObjectKind, type Origin } from './compiled-rules.ts';
export { hostOf } from './host.ts';
export { identityOf } from './identity.ts';
export { type InitialSecrets, initialRules } from './initial-rules.ts';
export { matchesPattern, type Subject } from './match.ts';
export { nearest } from './nearest.ts';
export {
  type Finding,
  isLoopback,
  keysOf,
  type PostureCode,
  type PostureConfig,
  type PostureFacts,
  posture,
} from './posture.ts';
export { type NewRevision, type Revision, RevisionConflictError, type RevisionStore } from './revision-store.ts';
export { type FileReading, RulesFile, type RulesFileOptions } from './rules-file.ts';
export type { RulesHalf, ShadowedObject } from './rules-half.ts';
export {
  type ApplyOptions,
  type ApplyResult,
  type Refusal,
  RulesSource,
  type RulesSourceOptions,
} from './rules-source.ts';
export {
  type CallbackRule,
  type DomainRule,
  type Match,
  type PlayProtocol,
  type RemoteAuthRule,
  type Rules,
  type RulesInput,
  rulesSchema,
  type StreamKeyRule,
  type StreamRule,
  type StreamSettings,
  streamSettingsSchema,
  type TemplateInput,
  type TemplateRule,
  templateSchema,
  type UrlAuth,
} from './schema.ts';
export { knownKeys, pathText, type SchemaProblem, schemaProblems } from './schema-problems.ts';
