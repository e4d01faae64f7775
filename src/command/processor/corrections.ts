import { commandsTopicOf, outcomesTopicOf } from "../../catalog/topic-kinds.ts";
import { encodeInvalidationEvent } from "../../catalog/invalidation-event.ts";
import type { CommandRejection } from "../../model/command.ts";
import { HEADER, type LogRecord } from "../../model/event.ts";
import { decodeTransaction, kindOf } from "../command-record.ts";
import type { Asked } from "./asked-command.ts";
import type { Corrections } from "./decide-command.ts";
import { findTransaction } from "./find-transaction.ts";
import { firstOutcomes } from "./first-outcomes.ts";
import type { ProcessorServices } from "./options.ts";
import type { Session } from "./session.ts";

type Services = Pick<ProcessorServices, "log" | "readModel" | "names" | "invalidationSchemaId">;

/** The keys that a transaction's events have, by partition. */
type KeysByPartition = ReadonlyMap<number, ReadonlySet<string>>;

/**
 * What an invalidation leads to: an event for each partition that has events of the transaction; or why it is refused.
 * @throws what the log, the read model and the registry do.
 */
export async function correctionsOf(
  services: Services,
  session: Session,
  { transaction, reason }: Extract<Asked, { readonly kind: "invalidation" }>,
  partitionOf: (key: string) => number,
): Promise<Corrections | CommandRejection> {
  const { topic } = session.parts.place;
  if (await isInvalid(services, session, transaction)) return notFound(topic, transaction, "is invalid already");
  const command = await transactionCommand(services, session, transaction);
  if (command === undefined) return notFound(topic, transaction, "is no transaction");
  const keys = await keysOfTransaction(services, session, command, partitionOf);
  if (keys.size === 0) return notFound(topic, transaction, "has no events");
  const schemaId = await services.invalidationSchemaId(topic);
  return [...keys].map(([partition, own]) => {
    const said = { transaction, reason, keys: [...own] };
    return { partition, keys: said.keys, value: encodeInvalidationEvent(schemaId, said) };
  });
}

function notFound(topic: string, transaction: number, what: string): CommandRejection {
  return { code: "TRANSACTION_NOT_FOUND", message: `${transaction} of topic ${topic} ${what}.` };
}

async function isInvalid({ readModel, names }: Services, { parts }: Session, transaction: number): Promise<boolean> {
  if (parts.invalid.has(transaction)) return true;
  const filter = { topic: parts.place.topic, transaction };
  return (await readModel.find(names.invalidations, { filter, limit: 1, fields: [], causal: true })).length > 0;
}

async function transactionCommand(
  { log }: Services,
  { parts, next }: Session,
  transaction: number,
): Promise<LogRecord | undefined> {
  if (transaction >= next) return undefined;
  const { topic, of } = parts.place;
  const range = { topic: commandsTopicOf(topic), partition: of.partition, from: transaction, until: transaction + 1 };
  const { records } = await log.readRange({ ...range, limit: 1 });
  return records.find((record) => record.offset === transaction && kindOf(record) === "transaction");
}

/** None: it was refused, or repeated an earlier one. */
async function keysOfTransaction(
  { log }: Services,
  { parts, signal }: Session,
  command: LogRecord,
  partitionOf: (key: string) => number,
): Promise<KeysByPartition> {
  const { place, seen, ends } = parts;
  const keys = new Map<number, Set<string>>();
  const add = (partition: number, key: string): void => {
    keys.set(partition, (keys.get(partition) ?? new Set()).add(key));
  };
  const commandId = command.headers[HEADER.id] ?? "";
  const of = { topic: outcomesTopicOf(place.topic), partition: place.of.partition };
  const outcome = (await firstOutcomes({ log, of, seen, now: Date.now() }, [commandId])).get(commandId);
  if (outcome !== undefined) {
    if (outcome.transaction !== command.offset || outcome.status === "REJECTED") return keys;
    for (const { id, partition, dropped } of outcome.events) if (dropped !== true) add(partition, id);
    return keys;
  }
  // Outcomes are kept for some days only. Its events say for ever that it was decided, and they alone are what is undone.
  const partitions = new Set(decodeTransaction(command.value).map(({ key }) => partitionOf(key)));
  for (const partition of partitions) {
    const events = { topic: place.topic, partition };
    const range = { ...events, from: 0, until: ends.next(events) };
    for (const { key } of await findTransaction(log, range, command.offset, signal))
      if (key !== null) add(partition, Buffer.from(key).toString());
  }
  return keys;
}
