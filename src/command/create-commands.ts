import type { CommandCodec } from "../catalog/codec.ts";
import { commandsTopicOf } from "../catalog/topic-kinds.ts";
import type { EventLog } from "../event-log/event-log.ts";
import type { Outcome } from "../model/command.ts";
import { HEADER } from "../model/event.ts";
import { newId } from "../model/new-id.ts";
import { encodeCommandReceipt } from "../model/receipt.ts";
import type { ReadModel } from "../read-model/read-model.ts";
import type { Logger } from "../telemetry/logger.ts";
import { type Metrics, noMetrics } from "../telemetry/metrics.ts";
import { type Tracer, noTracer } from "../telemetry/tracing.ts";
import { appendRecord } from "./append-record.ts";
import { cloudEventHeaders } from "./cloud-event-headers.ts";
import { commandMessage } from "./command-message.ts";
import { expectedVersionText } from "./command-record.ts";
import type { Accepted, CommandRequest, Commands } from "./commands.ts";
import { demandOwned } from "./demand-owned.ts";
import { checkedKey } from "./key.ts";
import { OutcomeBook } from "./outcome-book.ts";
import { tryOut } from "./try-out.ts";

/** What a gateway's side of commands needs. */
export interface CommandsOptions {
  readonly log: Pick<EventLog, "append" | "describeTopics" | "consume">;
  readonly readModel: Pick<ReadModel, "find" | "checkpoints">;
  readonly codec: CommandCodec;
  readonly logger: Logger;
  /** Default: nothing is counted. */
  readonly metrics?: Metrics;
  /** Default: the caller's trace context is passed on, and nothing is traced. */
  readonly tracer?: Tracer;
  /** Who writes, as the CloudEvents attribute `source` has it: a URI reference. */
  readonly source: string;
  /** What the name of the group begins with, by which this process hears all outcomes. */
  readonly group: string;
  /** The owned topics of the newest catalog. */
  readonly topics: () => readonly string[];
  /** More than this many waits at a time are refused. */
  readonly maxWaiters: number;
}

/** The gateway's side of commands, in a process that may have a processor too. */
export interface LocalCommands extends Commands {
  /** This process's own processor has decided: nobody here needs to wait for the log to say so. */
  heard(outcome: Outcome): void;
  /** Other topics may be owned now. */
  topicsChanged(): void;
}

/** Makes the gateway's side of commands. It costs nothing until the first command is sent, or asked for. */
export function createCommands(options: CommandsOptions): LocalCommands {
  const book = new OutcomeBook(options);
  return {
    send: async (request) => await send(request, options, book),
    outcome: async (of, timeoutMs) => await book.outcome(of, timeoutMs),
    find: async (commandId) => await book.find(commandId),
    tryOut: async (request) => await tryOut(request, options),
    heard: (outcome) => {
      book.heard(outcome);
    },
    topicsChanged: () => {
      book.topicsChanged();
    },
    close: async () => {
      await book.close();
    },
  };
}

async function send(
  request: CommandRequest,
  { log, codec, source, metrics = noMetrics, tracer = noTracer }: CommandsOptions,
  book: OutcomeBook,
): Promise<Accepted> {
  demandOwned(request);
  const { kind, traceparent: parent, aggregate } = request;
  const commandId = checkedKey(request.commandId ?? newId(), "commandId");
  const topic = commandsTopicOf(aggregate.topic);
  book.sending({ topic: aggregate.topic, commandId });
  let id: string | undefined;
  const position = await appendRecord({ log, metrics, tracer, topic, eventId: commandId, parent }, (traceparent) => {
    const { type, value, ifVersion, ...message } = commandMessage(request, codec);
    ({ id } = message);
    const expected = ifVersion === undefined ? {} : { [HEADER.ifVersion]: expectedVersionText(ifVersion) };
    const described = cloudEventHeaders({ id: commandId, type, source, traceparent });
    return { key: id ?? commandId, value, headers: { ...described, [HEADER.kind]: kind, ...expected } };
  });
  return { commandId, topic: aggregate.topic, id, position, receipt: encodeCommandReceipt(aggregate.topic, commandId) };
}
