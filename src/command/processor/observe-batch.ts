import { HEADER } from "../../model/event.ts";
import type { TopicPartition } from "../../model/position.ts";
import { type TracedEvent, inProcessSpan } from "../../telemetry/messaging-spans.ts";
import type { Tracer } from "../../telemetry/tracing.ts";
import type { AskedCommand } from "./asked-command.ts";
import type { DecidedBatch } from "./decide-batch.ts";
import type { ProcessorServices } from "./options.ts";

/** Runs a batch's decision in a span that links to the spans which sent its commands. */
export async function inDecideSpan<T>(
  tracer: Tracer,
  of: TopicPartition,
  commands: readonly AskedCommand[],
  run: () => Promise<T>,
): Promise<T> {
  return await inProcessSpan(tracer, { of, events: () => tracedCommands(commands), count: commands.length }, run);
}

function* tracedCommands(commands: readonly AskedCommand[]): Iterable<TracedEvent> {
  for (const { commandId, record } of commands)
    yield { id: commandId, traceparent: record.headers[HEADER.traceparent] };
}

/** Counts a committed batch, says what rules have bugs, and tells its outcomes. `started`: by `performance.now()`. */
export function reportBatch(
  { metrics, logger, onOutcome }: Pick<ProcessorServices, "metrics" | "logger" | "onOutcome">,
  of: TopicPartition,
  { decided }: DecidedBatch,
  started: number,
): void {
  metrics.commandsCommitted(of, decided.length, (performance.now() - started) / 1_000);
  const counts = new Map<string, number>();
  for (const { outcome, repeated, error } of decided) {
    const code = repeated ? "REPEATED" : (outcome.rejection?.code ?? "OK");
    counts.set(code, (counts.get(code) ?? 0) + 1);
    if (error !== undefined) {
      const { commandId, type } = outcome;
      logger.error({ ...of, commandId, type, error }, "a rule failed: the command is rejected");
    }
  }
  for (const [code, count] of counts) metrics.commandsDecided(of, code, count);
  for (const { outcome } of decided) onOutcome(outcome);
}
