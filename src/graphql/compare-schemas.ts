import {
  type BreakingChange,
  BreakingChangeType,
  type DangerousChange,
  DangerousChangeType,
  type GraphQLSchema,
  buildSchema,
  findBreakingChanges,
  findDangerousChanges,
  getNamedType,
  isInterfaceType,
  isObjectType,
} from "graphql";
import { EventQLError, messageOf } from "../errors.ts";

/** What a newer schema changes for the clients of an older one. */
export interface SchemaChange {
  /** GraphQL's own name of what changed: `FIELD_REMOVED`. */
  readonly change: string;
  /** The type, or the field as `User.email`. */
  readonly path: string;
  readonly description: string;
  /** Why it matters to clients, how it comes about, and what to do. */
  readonly why: string;
}

/** The changes between two schemas that clients may notice. */
export interface SchemaChanges {
  /** Operations that were valid aren't any more, or get what they don't expect. */
  readonly breaking: readonly SchemaChange[];
  /** Operations stay valid, and may get values that they don't know. */
  readonly dangerous: readonly SchemaChange[];
}

/** Lists what a newer schema changes for the clients of an older one, sorted. What is only added isn't listed. */
export function compareSchemas(before: GraphQLSchema, after: GraphQLSchema): SchemaChanges {
  const breaking = findBreakingChanges(before, after).map(toChange);
  const dangerous = findDangerousChanges(before, after)
    .filter(({ type }) => !HARMLESS.has(type))
    .map(toChange);
  const shown = shownTypes(after);
  return {
    breaking: breaking.sort(byPath),
    dangerous: dangerous.filter(({ path }) => !ASKED_FOR.has(typeOf(path)) && shown.has(typeOf(path))).sort(byPath),
  };
}

/** The types that clients are sent values of. */
function shownTypes(schema: GraphQLSchema): ReadonlySet<string> {
  const fields = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .flatMap((type) => Object.values(type.getFields()));
  const objects = Object.values(schema.getTypeMap()).filter((type) => isObjectType(type) || isInterfaceType(type));
  return new Set([...objects, ...fields.map(({ type }) => getNamedType(type))].map(({ name }) => name));
}

function typeOf(path: string): string {
  return path.replace(/[.(].*$/, "");
}

/** Reads a schema's SDL. `name` is what to call it. @throws EventQLError `BAD_USER_INPUT` where it is none. */
export function readSdl(text: string, name: string): GraphQLSchema {
  try {
    return buildSchema(text);
  } catch (error) {
    throw new EventQLError("BAD_USER_INPUT", `${name} is no GraphQL schema: ${messageOf(error)}`, { cause: error });
  }
}

/** Unions that hold only what the client itself has asked for. */
const ASKED_FOR: ReadonlySet<string> = new Set(["_Entity"]);

/** What operations can't notice: they needn't give it. */
const HARMLESS: ReadonlySet<string> = new Set([
  DangerousChangeType.OPTIONAL_INPUT_FIELD_ADDED,
  DangerousChangeType.OPTIONAL_ARG_ADDED,
]);

function toChange({ type, description }: BreakingChange | DangerousChange): SchemaChange {
  const path = pathIn(description);
  const why = typeOf(path) === "Mutation" ? WHY_OF_MUTATIONS[type] : undefined;
  return { change: type, path, description, why: why ?? whyOf(type, description) };
}

function byPath(a: SchemaChange, b: SchemaChange): number {
  return a.path === b.path ? (a.description < b.description ? -1 : 1) : a.path < b.path ? -1 : 1;
}

/** The element that GraphQL's description of a change speaks of. */
function pathIn(description: string): string {
  const added = /^An? (?:required|optional) (?:field|arg) (\w+) on (?:input type )?([\w.]+) was added/.exec(
    description,
  );
  if (added !== null) return `${added[2]}.${added[1]}`;
  const member = /^(\w+) was (?:added to|removed from) (?:union|enum) type (\w+)/.exec(description);
  if (member !== null) return `${member[2]}.${member[1]}`;
  const argument = /^([\w.]+) arg (\w+) /.exec(description);
  if (argument !== null) return `${argument[1]}(${argument[2]})`;
  return /^(?:Standard scalar )?([\w.]+)/.exec(description)?.[1] ?? "";
}

const REMOVED_FIELD =
  "Operations that ask for it fail. Avro lets a field go, for readers pass over what they don't know, and lets one be " +
  "renamed. Keep the field; if it was renamed, give the new one its old name as an alias, which keeps both in the API.";
const REMOVED_TYPE =
  "Operations that name it fail. It goes with the last field that has it, and another name may come of a renamed record " +
  "or of one that collides with it. Names are pinned by eventql schema lock, or by the hint name.";
const CHANGED_KIND =
  "Operations that select from it fail. Avro reads one kind of type as another, or lets the field that made it go: keep " +
  "the type, and add a field of the new one.";
const REMOVED_VALUE =
  "Operations that name it fail. An enum of events has the symbols of all its versions; an enum of columns loses those " +
  "that are gone or can't be grouped or compared any more. Keep the field.";
const REQUIRED_ADDED =
  "Operations that don't give it fail. To Avro a new field needs a default only where old events are read; give it one, " +
  "and it may be left out here too.";

const WHY: Readonly<Record<string, string>> = {
  [BreakingChangeType.FIELD_REMOVED]: REMOVED_FIELD,
  [BreakingChangeType.TYPE_REMOVED]: REMOVED_TYPE,
  [BreakingChangeType.TYPE_CHANGED_KIND]: CHANGED_KIND,
  [BreakingChangeType.VALUE_REMOVED_FROM_ENUM]: REMOVED_VALUE,
  [BreakingChangeType.REQUIRED_INPUT_FIELD_ADDED]: REQUIRED_ADDED,
  [BreakingChangeType.REQUIRED_ARG_ADDED]: REQUIRED_ADDED,
  [BreakingChangeType.TYPE_REMOVED_FROM_UNION]:
    "Fragments on it fail. Avro lets a branch go that no event has any more. Keep the branch, or the event type.",
  [BreakingChangeType.ARG_REMOVED]:
    "Operations that give it fail. It went with the columns that it was for: keep them.",
  [DangerousChangeType.VALUE_ADDED_TO_ENUM]:
    "Clients may be sent a value that they don't know. Let them have a case for the unknown before events with it are written.",
  [DangerousChangeType.TYPE_ADDED_TO_UNION]:
    "Clients may be sent a type that they have no fragment for, and get an empty object.",
  [DangerousChangeType.ARG_DEFAULT_VALUE_CHANGE]: "Operations that don't give it may get another result.",
};

const WHY_OF_MUTATIONS: typeof WHY = {
  [BreakingChangeType.FIELD_REMOVED]:
    "Operations that ask for it fail. A mutation goes with its event type or its command; and those of an aggregate's events " +
    "go where it gets a decider, unless that says eventMutations: true.",
  [BreakingChangeType.ARG_REMOVED]:
    "Operations that give it fail. A command's id and an expected version can only be given where the topic is owned.",
};

const OTHER = "Operations that rest on it fail or get another result: change it when no client does any more.";

function whyOf(type: string, description: string): string {
  const types = / changed type from (\S+) to (\S+?)\.$/.exec(description);
  return types === null ? (WHY[type] ?? OTHER) : whyOfType(types[1] ?? "", types[2] ?? "");
}

function whyOfType(before: string, after: string): string {
  if (before.replaceAll("!", "") !== after.replaceAll("!", ""))
    return (
      "Clients get, or have to give, another type. Avro widens numbers and reads one text as another, and events of both " +
      "are read as the newer: keep the type, and add a field of the new one."
    );
  return before.length > after.length
    ? "Clients that count on a value may get null. Avro lets a field become nullable, and a new event type may make " +
        "documents without it: keep it required, and give a new field to what may be absent."
    : "Operations that leave it out, or give null, fail. To Avro it was null in old events only: keep it nullable, or " +
        "give it a default.";
}
