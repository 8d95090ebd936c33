export {
  Accounts,
  type AccountsOptions,
  firstAdministrator,
  type NewUser,
  OWNER,
  type UserChange,
} from './accounts.ts';
export { Directory, type DirectoryOptions, type IdentityStore, type StoreSteps } from './directory.ts';
export { IdentityError, type IdentityErrorCode } from './identity-error.ts';
export { SecondFactor, type SecondFactorOptions } from './second-factor.ts';
export {
  type AccessKey,
  EVERYTHING,
  type Giver,
  isAdministrator,
  type Rights,
  rightsOf,
  rightsSchema,
  type User,
} from './user.ts';
export { type ListedUser, listedUser, type UserStep } from './user-list.ts';
