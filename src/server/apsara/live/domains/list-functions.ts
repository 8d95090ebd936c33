import type { DomainFunction } from './domain-function.ts';
import { isOn, oneOf, onOff, parts, required, wrongArg } from './function-args.ts';
import type { Domain } from './host.ts';

type Mode = 'allow' | 'deny';
const MOST = 1000;

/** Who refers to a stream. Of the two lists the one that was set last counts. */
export function refererList(mode: Mode): DomainFunction {
  const listName = mode === 'allow' ? 'refer_domain_allow_list' : 'refer_domain_deny_list';
  return {
    sides: ['play'],
    read: ({ play: { referer } }) =>
      referer.mode === mode && referer.list.length > 0
        ? { [listName]: referer.list.join(','), allow_empty: onOff(referer.allowEmpty) }
        : undefined,
    write: (domain, _, args) => {
      const list = listed(args, listName, ',');
      return withPlay(domain, { referer: { mode, list, allowEmpty: isOn(args, 'allow_empty', mode === 'deny') } });
    },
    clear: (domain) =>
      domain.play.referer.mode === mode
        ? withPlay(domain, { referer: { mode: 'deny', list: [], allowEmpty: true } })
        : domain,
  };
}

/** Addresses and ranges of them. Of the two lists the one that was set last counts. */
export function ipList(mode: Mode): DomainFunction {
  const empty = { mode: 'deny' as const, list: [] };
  const withIp = (domain: Domain, side: 'push' | 'play', ip: Domain['push']['ip']): Domain =>
    side === 'push' ? { ...domain, push: { ...domain.push, ip } } : withPlay(domain, { ip });
  return {
    read: (domain, side) => {
      const { ip } = domain[side];
      return ip.mode === mode && ip.list.length > 0 ? { ip_list: ip.list.join(',') } : undefined;
    },
    write: (domain, side, args) => withIp(domain, side, { mode, list: listed(args, 'ip_list', ',') }),
    clear: (domain, side) => (domain[side].ip.mode === mode ? withIp(domain, side, empty) : domain),
  };
}

const COLORS = { white: 'allow', black: 'deny' } as const;
const colorOf = (mode: Mode) => (mode === 'allow' ? 'white' : 'black');

/** User agents, with `*`; `^$` is an empty one. */
export const userAgents: DomainFunction = {
  sides: ['play'],
  read: ({ play: { userAgent } }) =>
    userAgent.list.length > 0 ? { ua: userAgent.list.join('|'), type: colorOf(userAgent.mode) } : undefined,
  write: (domain, _, args) => {
    const mode = COLORS[oneOf(args, 'type', ['black', 'white'])];
    return withPlay(domain, { userAgent: { mode, list: listed(args, 'ua', '|'), allowEmpty: mode === 'deny' } });
  },
  clear: (domain) => withPlay(domain, { userAgent: { mode: 'deny', list: [], allowEmpty: true } }),
};

/** Countries, by their two letters. */
export const location: DomainFunction = {
  sides: ['play'],
  read: ({ play: { country } }) =>
    country.list.length > 0 ? { location: country.list.join(' '), type: colorOf(country.mode) } : undefined,
  write: (domain, _, args) => {
    const list = listed(args, 'location', /[\s,]+/).map((each) => each.toUpperCase());
    if (list.some((each) => !/^[A-Z]{2}$/.test(each))) throw wrongArg('location', 'must be countries of two letters');
    return withPlay(domain, { country: { mode: COLORS[oneOf(args, 'type', ['black', 'white'])], list } });
  },
  clear: (domain) => withPlay(domain, { country: { mode: 'deny', list: [] } }),
};

function listed(args: Readonly<Record<string, string>>, name: string, separator: string | RegExp): string[] {
  const list = parts(required(args, name), separator);
  if (list.length === 0) throw wrongArg(name, 'is missing');
  if (list.length > MOST) throw wrongArg(name, `must have ${MOST} at most`);
  return list;
}

function withPlay(domain: Domain, play: Partial<Domain['play']>): Domain {
  return { ...domain, play: { ...domain.play, ...play } };
}
