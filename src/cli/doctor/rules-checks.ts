import { watermarkCheckOf } from '../../app/index.ts';
import { type Config, storageSettings } from '../../config/index.ts';
import { type PostureFacts, posture } from '../../rules/index.ts';
import { type RunningServer, readInstalledRules } from '../installation/index.ts';
import { type Check, fail, ok, warn } from './check.ts';

/** Whether the rules can be used, and in which ways they are less safe than they could be. */
export async function rulesChecks(config: Config, facts: PostureFacts): Promise<Check[]> {
  const { dataDir, rulesFile } = config;
  const storages = storageSettings(config).map(({ name }) => name);
  const read = await readInstalledRules({
    dataDir,
    storages,
    watermarkCheck: watermarkCheckOf(config),
    ...(rulesFile === null ? {} : { rulesFile }),
  });
  const { rules, refusals, isSaved } = read;
  const problems = refusals.flatMap(({ source, errors }) =>
    errors.map(({ path, message }) => {
      const where = source === 'file' && rulesFile !== null ? rulesFile : `rules saved in ${dataDir}`;
      const remedy = 'Correct it: until then the rules before it stay in force.';
      return fail('rules', `${where}: ${path === '' ? '' : `${path}: `}${message}`, remedy);
    }),
  );
  const files = [...(rulesFile === null ? [] : [rulesFile]), ...(isSaved ? [`saved revision ${rules.revision}`] : [])];
  const well = ok('rules', files.join(' and ') || 'none yet: the first start makes them');
  const weak = posture(rules.rules, config, facts).map(({ code, sentence, remedy }) =>
    warn(code.toLowerCase().replaceAll('_', '-'), sentence, remedy),
  );
  // Where there are no rules yet, those of the first start have keys that these stand-ins lack.
  const known = isSaved || rulesFile !== null ? weak : weak.filter(({ id }) => id !== 'push-open');
  return [...(problems.length > 0 ? problems : [well]), ...known];
}

type Health = {
  readonly posture: readonly { readonly code: string; readonly sentence: string; readonly remedy: string }[];
};

/** How long keys have been the same is known to the server that runs, from the revisions in its database. */
export async function keyAgeChecks(server: RunningServer | undefined): Promise<Check[]> {
  if (server === undefined) return [];
  const { posture } = await server.api.get<Health>('/health');
  return posture
    .filter(({ code }) => code === 'OLD_KEY')
    .map(({ sentence, remedy }) => warn('old-key', sentence, remedy));
}
