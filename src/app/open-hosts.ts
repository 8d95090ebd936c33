import type { HostDoor } from '../operations/index.ts';
import { aliasesOf, type CompiledRules } from '../rules/index.ts';
import { HostFacts } from '../store/index.ts';
import type { Base } from './base.ts';
import type { State } from './open-state.ts';

/** What is known of the hosts of the rules beside the rules; follows them whenever they or the database change. */
export function openHosts({ log, closer }: Base, { store, rulesSource, rules, box }: State): HostDoor {
  const facts = new HostFacts(store);
  let following: Promise<void> = Promise.resolve();
  const follow = () => {
    following = following.then(async () => {
      if (store.state.kind !== 'ready') return;
      await facts.follow(fingerprints(rules(), (text) => box.fingerprint(text))).catch((error: unknown) => {
        if (store.state.kind === 'ready') log.warn({ error }, 'hosts could not be noted');
      });
    });
  };
  const stops = [rulesSource.onChange(follow), store.onState(follow)];
  follow();
  closer.add('hosts', {
    close: () => {
      for (const stop of stops) stop();
      return following;
    },
  });
  return {
    rules,
    facts: {
      all: () => facts.all(),
      get: (host) => facts.get(host),
      note: (host, noted) => facts.note(host, noted),
    },
  };
}

/** Of what the rules say of each host. */
function fingerprints({ rules }: CompiledRules, of: (text: string) => string): Map<string, string> {
  return new Map(
    rules.domains.flatMap((domain) => {
      const { name, ingest } = domain;
      const own = of(JSON.stringify(domain));
      const push = of(JSON.stringify([name, domain.enabled, domain.push]));
      const aliases = aliasesOf(domain).map((alias) => [alias.name, own] as const);
      return [...ingest.map((host) => [host, push] as const), ...aliases, [name, own] as const];
    }),
  );
}
