import { type DomainRule, matchesPattern } from '../rules/index.ts';
import { AddressSet } from './address.ts';

type PlayRule = DomainRule['play'];
type IpRule = PlayRule['ip'];
type RefererRule = PlayRule['referer'];
type UserAgentRule = PlayRule['userAgent'];
type CountryRule = PlayRule['country'];

const compiledIpLists = new WeakMap<IpRule, AddressSet>();

/** Whether the list lets the address in. An address that cannot be read is kept out by any list that is not empty. */
export function ipAllowed(rule: IpRule, address: string): boolean {
  if (rule.list.length === 0) return true;
  let set = compiledIpLists.get(rule);
  if (set === undefined) {
    set = new AddressSet(rule.list);
    compiledIpLists.set(rule, set);
  }
  if (rule.mode === 'allow') return set.has(address);
  return !set.has(address) && new AddressSet([address]).invalid.length === 0;
}

/** Compares the host of the Referer: `a.com` stands for itself and all names below it, `*` inside for anything. */
export function refererAllowed(rule: RefererRule, referer: string | undefined): boolean {
  if (rule.list.length === 0) return true;
  if (referer === undefined || referer === '') return rule.allowEmpty;
  const host = refererHost(referer);
  const isListed = host !== undefined && rule.list.some((pattern) => hostMatches(pattern, host));
  return isListed === (rule.mode === 'allow');
}

/** Compares the whole User-Agent without regard to case; `^$` stands for an empty one. */
export function userAgentAllowed(rule: UserAgentRule, userAgent: string | undefined): boolean {
  if (rule.list.length === 0) return true;
  if (userAgent === undefined || userAgent === '') {
    return rule.list.includes('^$') ? rule.mode === 'allow' : rule.allowEmpty;
  }
  const lower = userAgent.slice(0, 2048).toLowerCase();
  const isListed = rule.list.some((pattern) => matchesPattern(pattern.toLowerCase(), lower));
  return isListed === (rule.mode === 'allow');
}

/** A client whose country is unknown is let in by a list that keeps out, and kept out by one that lets in. */
export function countryAllowed(rule: CountryRule, country: string | undefined): boolean {
  if (rule.list.length === 0) return true;
  const isListed = country !== undefined && rule.list.includes(country.toUpperCase());
  return isListed === (rule.mode === 'allow');
}

function hostMatches(pattern: string, host: string): boolean {
  const name = pattern
    .trim()
    .toLowerCase()
    .replace(/^[a-z]+:\/\//, '')
    .replace(/[/:].*$/, '')
    .replace(/^\*?\.(?=.)/, '');
  return matchesPattern(name, host) || matchesPattern(`*.${name}`, host);
}

function refererHost(referer: string): string | undefined {
  const text = referer.slice(0, 4096);
  const url = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  if (!URL.canParse(url)) return undefined;
  // `a.com.` is the same name as `a.com`.
  return new URL(url).hostname.toLowerCase().replace(/\.$/, '');
}
