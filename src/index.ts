export { defineConfig } from "./config/define-config.ts";
export type { ConfigFile, KafkaSasl, LimitsConfig, LogFormat, LogLevel, Role, StackKind } from "./config/types.ts";
export type { CatalogHints, FieldHints, RecordHints } from "./catalog/hints.ts";
export { EventQLError, isEventQLError } from "./errors.ts";
export type { ErrorCode } from "./errors.ts";
export type { Filter } from "./read-model/read-model.ts";
export type { ApiKeyConfig, Jwk, JwtConfig } from "./security/auth-config.ts";
export type { Action, Authorize, Decision, Identity, RequestContext, Scope } from "./security/authorize.ts";
export type { Policies, ReadPolicy, RolePolicy } from "./security/policies.ts";
