import type { DomainFunction } from './domain-function.ts';
import { isOn, oneOf, onOff, parts, required, wholeNumber, wrongArg } from './function-args.ts';
import type { Domain } from './host.ts';

type Remote = NonNullable<Domain['play']['remoteAuth']>;

/** A server of the operator's is asked about every viewer. */
export const remoteAuth: DomainFunction = {
  sides: ['play'],
  read: ({ play: { remoteAuth: remote } }) => remote && argsOf(remote),
  write: (domain, _, args) => (isOn(args, 'enable', true) ? withRemote(domain, remoteOf(args)) : withRemote(domain)),
  clear: (domain) => withRemote(domain),
};

function argsOf(remote: Remote): Readonly<Record<string, string>> {
  const { url, method, keepArgs, passCodes, failCodes, timeoutMs, onTimeout } = remote;
  const action = onTimeout === 'pass' ? 'pass' : 'reject';
  return {
    ...{
      enable: onOff(true),
      remote_auth_addr: url,
      remote_auth_method: method.toLowerCase(),
      remote_auth_type: 'all',
    },
    remote_auth_reserve_args: Array.isArray(keepArgs) ? keepArgs.join('|') : keepArgs === 'all' ? 'all' : NO_ARGS,
    ...{ remote_auth_success_code: passCodes.join(','), remote_auth_fail_code: failCodes.join(',') },
    ...{
      remote_auth_timeout: String(timeoutMs),
      remote_auth_timeout_action: action,
      remote_auth_other_code_act: action,
    },
  };
}

const NO_ARGS = 'ali_delete_all_args';

function remoteOf(args: Readonly<Record<string, string>>): Remote {
  const keep = args.remote_auth_reserve_args?.trim() || 'all';
  const codes = (name: string, usual: string) => parts(args[name] || usual, ',').map((code) => codeOf(name, code));
  return {
    url: required(args, 'remote_auth_addr'),
    form: 'headers',
    method: args.remote_auth_method ? oneOf(args, 'remote_auth_method', ['GET', 'HEAD', 'POST']) : 'GET',
    timeoutMs: wholeNumber(args, 'remote_auth_timeout', 2000),
    passCodes: codes('remote_auth_success_code', '200'),
    failCodes: codes('remote_auth_fail_code', '403'),
    onTimeout: (args.remote_auth_timeout_action || 'reject') === 'pass' ? 'pass' : 'fail',
    keepArgs: keep === 'all' ? 'all' : keep === NO_ARGS ? 'none' : parts(keep, '|'),
  };
}

function codeOf(name: string, code: string): number {
  if (!/^[1-5]\d\d$/.test(code)) throw wrongArg(name, 'must be codes of HTTP');
  return Number(code);
}

function withRemote(domain: Domain, remote?: Remote): Domain {
  const { remoteAuth: _, ...play } = domain.play;
  return { ...domain, play: { ...play, ...(remote && { remoteAuth: remote }) } };
}
