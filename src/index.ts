export { defineConfig } from "./config/define-config.ts";
export type { ConfigFile, KafkaSasl, LimitsConfig, LogFormat, LogLevel, Role, StackKind } from "./config/types.ts";
export type { CatalogHints, FieldHints, RecordHints } from "./catalog/hints.ts";
export { EventQLError, isEventQLError } from "./errors.ts";
export type { ErrorCode } from "./errors.ts";
export type { Filter } from "./read-model/read-model.ts";
export type { Action, Authorize, Decision, RequestContext } from "./security/authorize.ts";
