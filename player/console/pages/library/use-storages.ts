import { fields, list, text } from '../../answers/answer-fields.ts';
import { may, usePoll } from '../../kit/index.ts';

/** The names of storages, where somebody may know them. */
export function useStorages(): readonly string[] {
  const path = may('rules:read') ? '/storages' : undefined;
  return usePoll({ path, read: readStorageNames }).state.value.value ?? [];
}

export function readStorageNames(answer: unknown): readonly string[] {
  return list(fields(answer).storages).flatMap((each) => text(fields(each).name) ?? []);
}
