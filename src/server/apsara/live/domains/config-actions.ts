import { z } from 'zod';
import { action, commaList, DONE, flag, invalidParameter, type ServedAction, text } from '../../base/index.ts';
import { numberOf } from './certificates.ts';
import type { Args } from './domain-function.ts';
import { FUNCTIONS, functionNamed } from './functions.ts';
import { changeDomain, type Domain, domainOf, type Host, hostNamed, type Side, sideOf } from './host.ts';
import { domainName, domainNames } from './names.ts';

const SERVED = `Functions: ${Object.keys(FUNCTIONS).join(', ')}`;

const argText = z.union([z.string(), z.number(), z.boolean()]).transform(String);
/** Names begin with a small or a capital letter, as programs have them. */
const functionArg = z.preprocess(withSmallInitials, z.object({ argName: z.string(), argValue: argText.default('') }));
const functionGiven = z.preprocess(
  withSmallInitials,
  z.object({ functionName: z.string(), functionArgs: z.array(functionArg).max(100).default([]) }),
);
const functionsGiven = text.transform((given, context) => {
  try {
    const read = z.array(functionGiven).min(1).max(50).safeParse(JSON.parse(given));
    if (read.success) return read.data;
  } catch {
    // It is told below.
  }
  context.addIssue({
    code: 'custom',
    message: 'it must be JSON: [{"functionName":"…","functionArgs":[{"argName":"…","argValue":"…"}]}]',
  });
  return z.NEVER;
});

/** Settings of domains, function by function. */
export const configActions: readonly ServedAction[] = [
  action({
    name: 'BatchSetLiveDomainConfigs',
    summary: 'Sets functions of domains: signed URLs, lists of referers, addresses, user agents and countries, HTTPS',
    differs: `${SERVED}. A domain has each of them once, so configId is left out; they count at once. Of aliauth type_a, type_b and type_c are there; keys that are left out stay. Push domains of one streaming domain share theirs. Each domain is changed by itself, so that of several the first may be changed and the last refused`,
    input: z.object({ DomainNames: domainNames, Functions: functionsGiven, DryRun: flag.default(false) }),
    run: async ({ input: { DomainNames, Functions, DryRun }, ask }) => {
      const hosts = await Promise.all(DomainNames.map((name) => hostNamed(ask, name)));
      const changes = hosts.map((host) => {
        const edits = Functions.map((given) => editOf(given, sideOf(host)));
        return { host, change: (domain: Domain) => edits.reduce((changed, edit) => edit(changed), domain) };
      });
      for (const { host, change } of changes) {
        const body = { kind: 'domains', object: plain(change(await domainOf(ask, host))) };
        const { ok, errors } = await ask<Checked>('checkRules', { body });
        if (!ok)
          throw invalidParameter('Functions', errors.map(({ path, message }) => `${path} ${message}`).join('; '));
      }
      if (!DryRun) for (const { host, change } of changes) await changeDomain(ask, host.domain, change);
      return DONE;
    },
  }),
  action({
    name: 'BatchDeleteLiveDomainConfigs',
    summary: 'Takes functions of domains away; without aliauth everybody is let in',
    differs: SERVED,
    input: z.object({ DomainNames: domainNames, FunctionNames: commaList }),
    run: async ({ input: { DomainNames, FunctionNames }, ask }) => {
      const hosts = await Promise.all(DomainNames.map((name) => hostNamed(ask, name)));
      for (const host of hosts) {
        const side = sideOf(host);
        const clears = FunctionNames.map((name) => functionNamed(name, side).clear);
        await changeDomain(ask, host.domain, (domain) =>
          clears.reduce((cleared, clear) => clear(cleared, side), domain),
        );
      }
      return DONE;
    },
  }),
  action({
    name: 'DescribeLiveDomainConfigs',
    summary: 'The functions of a domain that are set',
    differs: `${SERVED}. Keys are shown to whoever may see them, and hidden from others`,
    input: z.object({ DomainName: domainName, FunctionNames: commaList }),
    run: async ({ input: { DomainName, FunctionNames }, ask }) => {
      const host = await hostNamed(ask, DomainName);
      const domain = await domainOf(ask, host);
      const DomainConfig = FunctionNames.flatMap((FunctionName) => {
        const args = argsOf(FunctionName, host, domain);
        if (args === undefined) return [];
        const FunctionArg = Object.entries(args).map(([ArgName, ArgValue]) => ({ ArgName, ArgValue }));
        const ConfigId = String(numberOf(`${DomainName} ${FunctionName}`));
        return [{ FunctionName, ConfigId, Status: 'success', FunctionArgs: { FunctionArg } }];
      });
      return { DomainConfigs: { DomainConfig } };
    },
  }),
];

function editOf({ functionName, functionArgs }: z.output<typeof functionGiven>, side: Side) {
  const { write } = functionNamed(functionName, side);
  const args: Args = Object.fromEntries(functionArgs.map(({ argName, argValue }) => [argName, argValue]));
  return (domain: Domain) => write(domain, side, args);
}

type Checked = {
  readonly ok: boolean;
  readonly errors: readonly { readonly path: string; readonly message: string }[];
};

function argsOf(name: string, host: Host, domain: Domain): Args | undefined {
  const known = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name] : undefined;
  const side = sideOf(host);
  return known?.sides?.includes(side) === false ? undefined : known?.read(domain, side);
}

/** Without what only answers have. */
function plain(domain: Domain): object {
  const { origin: _, aliasUse: __, ...rest } = domain as Domain & { readonly aliasUse?: unknown };
  return rest;
}

function withSmallInitials(given: unknown): unknown {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return given;
  return Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name.charAt(0).toLowerCase() + name.slice(1), value]),
  );
}
