import { parsePayload } from "../catalog/payload-json.ts";
import { topicAggregates } from "../catalog/topic-aggregates.ts";
import type { Aggregate, Catalog, CommandType, EventType } from "../catalog/types.ts";
import type { Appended, Appender } from "../command/appender.ts";
import type { Accepted, CommandRequest } from "../command/commands.ts";
import { EventQLError } from "../errors.ts";
import type { Outcome } from "../model/command.ts";
import type { EventLine } from "./event-line.ts";
import type { CommandOptions } from "./produce-request.ts";

/** A command that is stored; the outcome is undefined where it isn't decided yet, as far as is known. */
export interface SentCommand {
  readonly accepted: Accepted;
  readonly outcome: Outcome | undefined;
}

/** What became of a line: an event that was appended, or a command to the owner of its topic. */
export type Sent = { readonly appended: Appended } | SentCommand;

/** Appends what lines ask for to one topic. */
export interface LineAppender {
  append(line: EventLine, options?: CommandOptions): Promise<Sent>;
  appendTombstone(key: string, options?: CommandOptions): Promise<Sent>;
}

/** How a line gets into the log. */
export interface LineTargets {
  /** Of an open topic. */
  readonly appender: Appender;
  /** Of an owned topic: sends a command, and waits for its outcome as long as it was told to. */
  readonly send: (request: CommandRequest) => Promise<SentCommand>;
}

/**
 * Makes the appender of a topic.
 * @throws EventQLError `BAD_USER_INPUT` where no schema is registered for the topic, naming the topics that have one.
 */
export function createLineAppender(topic: string, catalog: Catalog, { appender, send }: LineTargets): LineAppender {
  const all = topicAggregates(catalog.aggregates);
  const aggregates = all.filter((aggregate) => aggregate.topic === topic);
  const [aggregate] = aggregates;
  if (aggregate === undefined) throw unknownTopic(topic, all);
  const types = aggregates.flatMap((each) => [...each.eventTypes, ...(each.owned?.commands ?? [])]);
  const appendTombstone: LineAppender["appendTombstone"] = async (id, options = {}) => {
    if (aggregate.owned !== undefined) return await send({ kind: "tombstone", aggregate, id, ...options });
    refuseOptions(topic, options);
    return { appended: await appender.appendTombstone(aggregate, id) };
  };
  return {
    appendTombstone,
    async append({ key: id, schema, value, keyField }, options = {}) {
      if (value === null) return await appendTombstone(id ?? "", options);
      const type = findType(topic, types, schema);
      const payload = parsePayload(type, withoutKey(type, value, keyField));
      const written = { aggregate, id, payload, ...options };
      if (!isEventType(type)) return await send({ kind: "command", commandType: type, ...written });
      if (aggregate.owned !== undefined) return await send({ kind: "event", eventType: type, ...written });
      refuseOptions(topic, options);
      return { appended: await appender.append({ eventType: type, id, payload }) };
    },
  };
}

/** Finds a type by its full, short or GraphQL name; a topic's only one needs no name. */
function findType(
  topic: string,
  types: readonly (EventType | CommandType)[],
  name: string | undefined,
): EventType | CommandType {
  const names = types.map((type) => type.name).join(", ");
  const [first, ...more] = types;
  if (name === undefined) {
    if (first !== undefined && more.length === 0) return first;
    throw bad(`Topic ${topic} has several event types: name one of ${names} with --schema, or "schema" in the line.`);
  }
  const found =
    types.find((type) => type.fullName === name) ??
    types.find((type) => type.name === name || type.fullName.endsWith(`.${name}`));
  if (found === undefined) throw bad(`Topic ${topic} has no event type ${name}: it has ${names}.`);
  return found;
}

function isEventType(type: EventType | CommandType): type is EventType {
  return "effect" in type;
}

/** The key's field is no part of the event, unless its schema has it too. */
function withoutKey({ record }: Pick<EventType, "record">, value: unknown, keyField: string | undefined): unknown {
  if (keyField === undefined || record.fields.some(({ name }) => name === keyField)) return value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== keyField));
}

function refuseOptions(topic: string, { commandId, ifVersion }: CommandOptions): void {
  if (commandId === undefined && ifVersion === undefined) return;
  const remedy = 'give one of its event types the hint "owned": true';
  throw new EventQLError(
    "NOT_OWNED",
    `Topic ${topic} is open: nobody checks --command-id and --if-version there. To have that, ${remedy}.`,
  );
}

function unknownTopic(topic: string, aggregates: readonly Aggregate[]): EventQLError {
  const topics = [...new Set(aggregates.map((aggregate) => aggregate.topic))];
  return bad(
    topics.length === 0
      ? "The registry has no schemas yet: start the server once, or run eventql schema register."
      : `No schema is registered for topic ${topic}: the topics with schemas are ${topics.join(", ")}.`,
  );
}

function bad(message: string): EventQLError {
  return new EventQLError("BAD_USER_INPUT", message);
}
