import { Caller, type Directory, type Resource, resourceName, rightsOf } from '../identity/index.ts';
import type { TriggeredWork } from '../workflow/index.ts';
import { namedObjects } from './named-objects.ts';
import { pipelineOf } from './resources.ts';

/** What somebody must be allowed to submit jobs to, whose trigger begins this: its pipeline, and objects of storages. */
export function resourcesOfWork({ pipeline, steps }: TriggeredWork): readonly Resource[] {
  return [pipelineOf({ pipeline }), ...namedObjects(steps.map(({ input }) => input))];
}

/** Why a user may not have this done now, by the rights that they have now; undefined where they may. */
export function triggerDenial(directory: Pick<Directory, 'userNamed'>, author: string, work: TriggeredWork) {
  const user = directory.userNamed(author);
  if (!user?.isEnabled) return `${author} is no user any more, or is switched off`;
  const caller = new Caller({ kind: 'owner', name: author, address: '', policies: [rightsOf(user).policy] });
  const refused = resourcesOfWork(work).find((resource) => !caller.may('jobs:submit', resource).allowed);
  return refused && `${author} may not jobs:submit to ${resourceName(refused)}`;
}
