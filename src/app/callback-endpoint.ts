import type { Endpoint } from '../notify/index.ts';
import type { CallbackRule, CompiledRules } from '../rules/index.ts';

/** The endpoint with this id as the rules have it now; undefined where it is gone. */
export function callbackEndpoint(rules: CompiledRules, id: string): Endpoint | undefined {
  const rule = callbackRule(rules, id);
  return rule && { id, url: rule.url, form: rule.form, key: rule.key, setBy: 'administrator' };
}

export function callbackRule({ rules }: CompiledRules, id: string): CallbackRule | undefined {
  return rules.callbacks.find((callback) => callback.id === id);
}
