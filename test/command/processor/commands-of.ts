import { commandsTopicOf } from "../../../src/catalog/topic-kinds.ts";
import { commandMessage } from "../../../src/command/command-message.ts";
import { expectedVersionText } from "../../../src/command/command-record.ts";
import type { CommandRequest, EventCommand, RuleCommand } from "../../../src/command/commands.ts";
import type { AskedCommand } from "../../../src/command/processor/asked-command.ts";
import type { BatchInput } from "../../../src/command/processor/decide-batch.ts";
import { readCommands } from "../../../src/command/processor/read-command.ts";
import { type Rules, rulesOf } from "../../../src/command/processor/rules.ts";
import type { Aggregate } from "../../../src/catalog/types.ts";
import { HEADER, type LogRecord } from "../../../src/model/event.ts";
import type { Payload } from "../../../src/model/value.ts";
import { type Sample, commandTypeOf, eventTypeOf } from "./sample.ts";

/** A command of the counters' rules, for the key `a` if nothing else is said. */
export function ruleOf({ counter }: Sample, name: string, payload: Payload = {}, id = "a"): RuleCommand {
  return { kind: "command", aggregate: counter, commandType: commandTypeOf(counter, name), id, payload };
}

/** A plain event of an account. */
export function setOf({ account }: Sample, id: string, balance: number): EventCommand {
  return { kind: "event", aggregate: account, eventType: eventTypeOf(account), id, payload: { balance } };
}

/** Requests as the records that they are sent as, one after another; their ids are `c0`, `c1` … if they have none. */
export function recordsOf({ codec }: Sample, requests: readonly CommandRequest[]): readonly LogRecord[] {
  return requests.map((request, offset) => {
    const { id, type, value, ifVersion } = commandMessage(request, codec);
    const commandId = request.commandId ?? `c${offset}`;
    return {
      topic: commandsTopicOf(request.aggregate.topic),
      partition: 0,
      offset,
      timestamp: 1_000,
      key: Buffer.from(id ?? commandId),
      value,
      headers: {
        [HEADER.id]: commandId,
        [HEADER.type]: type,
        [HEADER.kind]: request.kind,
        [HEADER.traceparent]: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        ...(ifVersion === undefined ? {} : { [HEADER.ifVersion]: expectedVersionText(ifVersion) }),
      },
    };
  });
}

/** Requests as they are read. */
export function commandsOf(sample: Sample, requests: readonly CommandRequest[]): readonly AskedCommand[] {
  const topic = requests[0]?.aggregate.topic ?? "";
  return readCommands({ codec: sample.codec, topic }, recordsOf(sample, requests)).commands;
}

/** The rules of an aggregate of the sample, whose schemas are at hand. */
export async function preparedRules({ codec }: Sample, aggregate: Aggregate): Promise<Rules> {
  for (const { topic, schemaId } of [...aggregate.eventTypes, ...(aggregate.owned?.commands ?? [])])
    await codec.prepare(topic, schemaId);
  const rules = rulesOf(aggregate, codec);
  if (rules === undefined) throw new TypeError(`${aggregate.name} is not owned`);
  return rules;
}

/** A batch on an empty topic of one partition. */
export function inputOf(
  rules: Rules,
  commands: readonly AskedCommand[],
  changes: Partial<BatchInput> = {},
): BatchInput {
  return {
    rules,
    commands,
    source: "/test",
    now: 2_000,
    documentOf: () => undefined,
    partitionOf: () => 0,
    nextOf: () => 10,
    nextOutcome: 20,
    isParked: () => false,
    firstOutcome: () => undefined,
    ...changes,
  };
}
