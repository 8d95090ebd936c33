import { invalidParameter } from '../../base/index.ts';
import { aliauth } from './auth-function.ts';
import type { DomainFunction } from './domain-function.ts';
import type { Side } from './host.ts';
import { hsts, httpsForce } from './https-functions.ts';
import { ipList, location, refererList, userAgents } from './list-functions.ts';
import { remoteAuth } from './remote-auth-function.ts';

export const FUNCTIONS: Readonly<Record<string, DomainFunction>> = {
  aliauth,
  referer_white_list_set: refererList('allow'),
  referer_black_list_set: refererList('deny'),
  ip_allow_list_set: ipList('allow'),
  ip_black_list_set: ipList('deny'),
  ali_ua: userAgents,
  ali_location: location,
  cdn_remote_auth: remoteAuth,
  https_force: httpsForce,
  HSTS: hsts,
};

/** Throws where it is not served, or not for this side. */
export function functionNamed(name: string, side: Side): DomainFunction {
  const found = FUNCTIONS[name];
  const served = Object.keys(FUNCTIONS).join(', ');
  if (found === undefined || !Object.hasOwn(FUNCTIONS, name)) {
    throw invalidParameter('Functions', `the function ${name} is not served; these are: ${served}`);
  }
  if (found.sides?.includes(side) === false) {
    throw invalidParameter('Functions', `${name} is for ${side === 'push' ? 'streaming' : 'push'} domains`);
  }
  return found;
}
