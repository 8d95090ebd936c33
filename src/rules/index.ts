export { ALARM_CODES, ALARM_SEVERITIES, type AlarmCode, type AlarmSeverity } from './alarm-codes.ts';
export { type Alias, aliasesOf, aliasKeyOf } from './aliases.ts';
export { appLimits, type CapacityLimits } from './app-limits.ts';
export { isBackupPush } from './backup-push.ts';
export { BUILT_IN_TEMPLATES } from './built-in-templates.ts';
export { type Compilation, compileRules, type RuleError } from './compile.ts';
export { CompiledRules, type CompiledRulesOptions, type ObjectKind, type Origin } from './compiled-rules.ts';
export { COST_ITEMS, plan } from './cost-schema.ts';
export { hostOf } from './host.ts';
export type { HostRefusal, HostVerdict } from './host-verdict.ts';
export { identityOf, OBJECT_KINDS } from './identity.ts';
export { type InitialSecrets, initialRules } from './initial-rules.ts';
export { compareMatches, matchesPattern, matchesSubject, type Subject } from './match.ts';
export { hearsOfMedia, MEDIA_EVENTS, type MediaEventKind } from './media-callback-schema.ts';
export { nearest } from './nearest.ts';
export { plainRules } from './plain-rules.ts';
export {
  type Finding,
  isLoopback,
  type KeyUse,
  keysOf,
  keyUses,
  OLD_KEY_DAYS,
  type PostureCode,
  type PostureConfig,
  type PostureFacts,
  posture,
} from './posture.ts';
export { problemWords } from './problem-words.ts';
export { unmadeRenditions } from './recorded-renditions.ts';
export { type NewRevision, type Revision, RevisionConflictError, type RevisionStore } from './revision-store.ts';
export {
  changesBetween,
  documentOf,
  type FieldChange,
  fieldChanges,
  type ObjectChange,
  withChanges,
} from './rule-changes.ts';
export {
  HIDDEN,
  HIDDEN_URL,
  hideSecrets,
  isSecretPlace,
  mapSecrets,
  restoreSecrets,
  secretsOf,
} from './rule-secrets.ts';
export { type FileReading, RulesFile, type RulesFileOptions } from './rules-file.ts';
export { halfSchema, type RulesHalf, type ShadowedObject } from './rules-half.ts';
export {
  type ApplyOptions,
  type ApplyResult,
  type CheckResult,
  type PlacedError,
  type Refusal,
  RulesSource,
  type RulesSourceOptions,
} from './rules-source.ts';
export {
  type AlarmChannelRule,
  type AlarmPolicyRule,
  type BudgetRule,
  type CallbackRule,
  type DomainRule,
  type EstimateRule,
  type Match,
  type MediaCallbackRule,
  type ModerationRule,
  objectSchemas,
  type PlayProtocol,
  type PriceRule,
  type PullRule,
  type RecordFormatRule,
  type RecordWindowRule,
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
  type TransferRule,
  templateSchema,
  type UrlAuth,
  type WatermarkInput,
  type WatermarkRule,
} from './schema.ts';
export { knownKeys, pathText, type SchemaProblem, schemaProblems } from './schema-problems.ts';
export { isSharedByDomains, objectTemplatesOf } from './shared-object-names.ts';
export type { WatermarkCheck } from './watermark-problems.ts';
