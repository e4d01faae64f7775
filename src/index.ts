export { defineConfig } from "./config/define-config.ts";
export type { ConfigFile, KafkaSasl, LimitsConfig, LogFormat, LogLevel, Role, StackKind } from "./config/types.ts";
export type { CatalogIndexes, IndexedColumn } from "./catalog/column-indexes.ts";
export type { CatalogHints, FieldHints, RecordHints } from "./catalog/hints.ts";
export { EventQLError, isEventQLError } from "./errors.ts";
export type { ErrorCode } from "./errors.ts";
export type {
  Consumer,
  ConsumeOptions,
  ConsumerHandler,
  EventLog,
  KeyRecords,
  Membership,
  MembersOptions,
  OffsetRange,
  OffsetsOptions,
  OwnerCommit,
  OwnerCommitResult,
  PartitionOwner,
  PlacedRecord,
  RangeRecords,
  ReadKeyOptions,
  ReadRangeOptions,
  RecordBatch,
  TakeOverOptions,
  TopicDescription,
  TopicSpec,
} from "./event-log/event-log.ts";
export { createHttpEventLog } from "./event-log/http/http-event-log.ts";
export type { HttpEventLogOptions } from "./event-log/http/http-event-log.ts";
export { HttpEventReader } from "./event-log/http/http-event-reader.ts";
export { HttpEventWriter } from "./event-log/http/http-event-writer.ts";
export type { HttpHeaders, HttpLogOptions } from "./event-log/http/options.ts";
export { PartitionPump } from "./event-log/partition-pump.ts";
export type { PartitionSource, PumpOptions } from "./event-log/partition-pump.ts";
export { partitionOf } from "./event-log/partition.ts";
export { createEventStore } from "./event-store/create-event-store.ts";
export type { EventStoreOptions } from "./event-store/create-event-store.ts";
export type {
  AppendOptions,
  AppendOutcome,
  EventPlace,
  EventsPage,
  EventStore,
  KeyEvents,
  NewStoreEvent,
  ReadAllOptions,
  ReadOptions,
  SaidEvent,
  StoredEvent,
  StreamedEvent,
  SubscribeOptions,
  TombstoneEvent,
  TransactionOutcome,
  TransactionStoreEvent,
} from "./event-store/event-store.ts";
export type { CommandRejection, DecidedPosition, ExpectedVersion } from "./model/command.ts";
export { decider, event, reject } from "./model/decider.ts";
export type {
  DecideContext,
  Decider,
  DeciderRules,
  NewEvent,
  NewMessage,
  PayloadOf,
  Rejection,
  StateOf,
  TypedDecider,
  TypedMessage,
} from "./model/decider.ts";
export { Decimal } from "./model/decimal.ts";
export { projection } from "./model/define-projection.ts";
export type { ColumnsOf, ProjectionRules, StreamEventOf, TypedProjection } from "./model/define-projection.ts";
export type { Headers, LogRecord, NewRecord } from "./model/event.ts";
export type { EventContext, StreamEvent } from "./model/event-context.ts";
export type { Position, TopicPartition } from "./model/position.ts";
export type { AvroType, Projection } from "./model/projection.ts";
export type { Branch, EmittedEvent, Transition } from "./model/projection.ts";
export { join } from "./model/stateful.ts";
export type {
  JoinSource,
  ProcessEnd,
  ProcessRules,
  ReduceRules,
  RejectedTo,
  StatefulSettings,
  ValidateEnd,
  ValidateRules,
} from "./model/stateful.ts";
export { transition } from "./model/transition.ts";
export type { TypedTransition, WrittenEvent } from "./model/transition.ts";
export type { WindowLength } from "./model/windows/calendar.ts";
export { windows } from "./model/windows/define-windows.ts";
export type { Group, WindowRules } from "./model/windows/define-windows.ts";
export { avg, count, decimal, distinct, last, max, min, sum } from "./model/windows/measures.ts";
export type { AnyMessage, Measure, Of } from "./model/windows/measures.ts";
export { merge, stream } from "./model/stream-builder.ts";
export type { EventStream, MadeEvent, MessageOf } from "./model/stream-builder.ts";
export type { BatchOptions, FunctionOptions, StreamOptions, StreamParts } from "./model/stream-ends.ts";
export type { Flow, StepWork, Stream, StreamSink, StreamStep } from "./model/stream.ts";
export { openEventStore, openRegistry } from "./open-event-store.ts";
export type { OpenEventStoreOptions } from "./open-event-store.ts";
export type { Filter } from "./read-model/read-model.ts";
export type {
  CommandRoute,
  DeleteRoute,
  EventRoute,
  ReadRoute,
  RouteMethod,
  Routes,
  RouteWait,
  WriteMethod,
  WriteRoute,
} from "./rest/route-config.ts";
export type { ApiKeyConfig, Jwk, JwtConfig } from "./security/auth-config.ts";
export type { Action, Authorize, Decision, Identity, RequestContext, Scope } from "./security/authorize.ts";
export type { Policies, ReadPolicy, RolePolicy } from "./security/policies.ts";
export type {
  RegisteredSchema,
  SchemaReference,
  SchemaRegistry,
  SchemaText,
} from "./schema-registry/schema-registry.ts";
export { silentLogger } from "./telemetry/logger.ts";
export type { Logger } from "./telemetry/logger.ts";
