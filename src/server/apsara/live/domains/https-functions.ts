import type { DomainFunction } from './domain-function.ts';
import { isOn, onOff, wholeNumber, wrongArg } from './function-args.ts';
import type { Domain } from './host.ts';

/** Viewers who come by HTTP are sent to HTTPS. */
export const httpsForce: DomainFunction = {
  sides: ['play'],
  read: ({ https: { force } }) => (force ? { enable: 'on' } : undefined),
  write: (domain, _, args) => withHttps(domain, { force: isOn(args, 'enable') }),
  clear: (domain) => withHttps(domain, { force: false }),
};

/** Browsers come by HTTPS of themselves. */
export const hsts: DomainFunction = {
  sides: ['play'],
  read: ({ https: { hstsSeconds } }) =>
    hstsSeconds > 0
      ? { enabled: 'on', https_hsts_max_age: String(hstsSeconds), https_hsts_include_subdomains: onOff(false) }
      : undefined,
  write: (domain, _, args) => {
    if (!isOn(args, 'enabled')) return withHttps(domain, { hstsSeconds: 0 });
    if (isOn(args, 'https_hsts_include_subdomains', false)) {
      throw wrongArg('https_hsts_include_subdomains', 'must be off: other hosts are not ours to speak for');
    }
    return withHttps(domain, { hstsSeconds: wholeNumber(args, 'https_hsts_max_age') });
  },
  clear: (domain) => withHttps(domain, { hstsSeconds: 0 }),
};

function withHttps(domain: Domain, https: Partial<Domain['https']>): Domain {
  return { ...domain, https: { ...domain.https, ...https } };
}
