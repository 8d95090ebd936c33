export {
  Accounts,
  type AccountsOptions,
  firstAdministrator,
  type Giver,
  type NewUser,
  OWNER,
  type UserChange,
} from './accounts.ts';
export { Directory, type DirectoryOptions, type IdentityStore } from './directory.ts';
export { IdentityError, type IdentityErrorCode } from './identity-error.ts';
export { SecondFactor, type SecondFactorOptions } from './second-factor.ts';
export { type AccessKey, EVERYTHING, isAdministrator, type Rights, rightsOf, rightsSchema, type User } from './user.ts';
