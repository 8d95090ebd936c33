import type { Endpoint } from '../notify/index.ts';
import type { CallbackRule, CompiledRules, MediaCallbackRule } from '../rules/index.ts';

/** The endpoint with this id as the rules have it now; undefined where it is gone. Assets are played below `assetsUrl`. */
export function callbackEndpoint(rules: CompiledRules, id: string, assetsUrl?: string): Endpoint | undefined {
  const rule = callbackRule(rules, id) ?? mediaCallbackRule(rules, id);
  return rule && { id, url: rule.url, form: rule.form, key: rule.key, setBy: 'administrator', assetsUrl };
}

export function callbackRule({ rules }: CompiledRules, id: string): CallbackRule | undefined {
  return rules.callbacks.find((callback) => callback.id === id);
}

export function mediaCallbackRule({ rules }: CompiledRules, id: string): MediaCallbackRule | undefined {
  return rules.mediaCallbacks.find((callback) => callback.id === id);
}
