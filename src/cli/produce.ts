import type { Config } from "../config.ts";
import type { Flags } from "../config/sources.ts";
import type { Stack } from "../compose.ts";
import { type FailedLine, type LineError, appendLines } from "./append-lines.ts";
import { counted } from "./counted.ts";
import { readLine, readPayload } from "./event-line.ts";
import { type LineAppender, type Sent, createLineAppender } from "./line-appender.ts";
import { openLines } from "./line-source.ts";
import { type LinesRequest, type ProduceRequest, produceRequest } from "./produce-request.ts";
import { createProgress } from "./progress.ts";
import { describeCommand, sendAndWait } from "./send-command.ts";
import { configOf, loggerOf, withStack } from "./session.ts";
import type { Terminal } from "./terminal.ts";

/** How many bad lines are told of one by one. */
const SHOWN_FAILURES = 20;

/** How long, in ms, an owned topic's commands are waited for to be decided. */
const WAIT_MS = 5_000;

/** Appends events. Returns the process's exit code: 1 if a line was left out, or a command was rejected. */
export async function produce(payload: string | undefined, flags: Flags, terminal: Terminal): Promise<number> {
  const { topic, key, schema, keyField, file, tombstone, commandId, ifVersion, wait, ...shared } = flags;
  const own = { topic, key, schema, keyField, file, tombstone, commandId, ifVersion };
  const request = produceRequest(payload, own, terminal.stdin.isTTY === true);
  const config = await configOf(shared, terminal);
  return await withStack(config, terminal, async (stack) => {
    const waitMs = wait === false ? 0 : WAIT_MS;
    const opened = await openAppender(request.topic, stack, config, { terminal, waitMs });
    try {
      return request.kind === "lines"
        ? await produceLines(request, opened.appender, terminal)
        : await produceOne(request, opened.appender, terminal, waitMs > 0);
    } finally {
      await opened.close();
    }
  });
}

interface OpenedAppender {
  readonly appender: LineAppender;
  close(): Promise<void>;
}

async function openAppender(
  topic: string,
  { log, registry, readModel }: Stack,
  config: Config,
  { terminal, waitMs }: { readonly terminal: Terminal; readonly waitMs: number },
): Promise<OpenedAppender> {
  const { createCodec } = await import("../catalog/codec/create-codec.ts");
  const { createAppender } = await import("../command/open-appender.ts");
  const { createCommands } = await import("../command/create-commands.ts");
  const { gatherForTopics } = await import("./gather-catalog.ts");
  const catalog = await gatherForTopics(registry, config, [topic]);
  const codec = createCodec(registry, () => catalog);
  const writer = { log, codec, source: "/eventql/cli" };
  const commands = createCommands({
    ...writer,
    readModel,
    logger: loggerOf(config, terminal),
    group: `${config.kafka.groupPrefix}-produce`,
    topics: () => [topic],
    maxWaiters: config.limits.waiters,
  });
  const targets = { appender: createAppender(writer), send: sendAndWait(commands, waitMs) };
  return { appender: createLineAppender(topic, catalog, targets), close: async () => await commands.close() };
}

async function produceOne(
  request: Exclude<ProduceRequest, LinesRequest>,
  appender: LineAppender,
  { stdout, stderr }: Terminal,
  waits: boolean,
): Promise<number> {
  const sent = await appendOne(request, appender);
  if ("appended" in sent) {
    const { id, eventId, position, receipt } = sent.appended;
    stdout.write(`${JSON.stringify({ id, eventId, ...position, receipt })}\n`);
    return 0;
  }
  stdout.write(`${JSON.stringify(describeCommand(sent, waits))}\n`);
  const refusal = refusalOf(sent);
  if (refusal !== undefined) stderr.write(`${refusal.code}: ${refusal.message}\n`);
  if (waits && sent.outcome === undefined) stderr.write(`${NOT_DECIDED}\n`);
  return refusal === undefined ? 0 : 1;
}

const NOT_DECIDED =
  "It is stored, and not decided yet: does a server with the role processor run? Sent again with the same --command-id, it says how it ended.";

async function appendOne(request: Exclude<ProduceRequest, LinesRequest>, appender: LineAppender): Promise<Sent> {
  const { options } = request;
  if (request.kind === "tombstone") return await appender.appendTombstone(request.key, options);
  const line = readPayload(request.text, request.shape);
  return await appender.append({ ...line, key: request.key ?? line.key }, options);
}

/** Why a command was rejected; undefined: it wasn't. */
function refusalOf(sent: Sent): LineError | undefined {
  const rejection = "appended" in sent ? undefined : sent.outcome?.rejection;
  return rejection && { code: rejection.code, message: rejection.message, retriable: false };
}

async function produceLines(
  { topic, file, shape }: LinesRequest,
  appender: LineAppender,
  { stdin, stdout, stderr }: Terminal,
): Promise<number> {
  const source = await openLines(file, stdin);
  const progress = createProgress(source.bytes, stderr);
  const failures: FailedLine[] = [];
  let undecided = 0;
  const began = performance.now();
  const { appended, failed, stoppedAt } = await appendLines(source.lines, {
    append: async (line) => {
      const sent = await appender.append(readLine(line, shape));
      if (!("appended" in sent) && sent.outcome === undefined) undecided += 1;
      return refusalOf(sent);
    },
    onFailed: (failure) => {
      if (failures.length < SHOWN_FAILURES) failures.push(failure);
    },
    onProgress: (events) => {
      progress.update(source.bytesRead(), events);
    },
  });
  progress.end();
  const seconds = (performance.now() - began) / 1_000;
  for (const { line, error } of failures) stderr.write(`line ${line}: ${error.code}: ${error.message}\n`);
  if (failed > failures.length) stderr.write(`… and ${failed - failures.length} more lines\n`);
  const rate = Math.round(appended / Math.max(seconds, 0.001));
  stdout.write(`${counted(appended, "event")} appended to ${topic} in ${seconds.toFixed(1)} s (${rate}/s)\n`);
  if (undecided > 0) stderr.write(`${counted(undecided, "command")} stored, and not decided yet as far as is known\n`);
  if (failed > 0) stderr.write(`${counted(failed, "line")} not appended${whereItStopped(stoppedAt)}\n`);
  return failed > 0 ? 1 : 0;
}

function whereItStopped(stoppedAt: FailedLine | undefined): string {
  if (stoppedAt === undefined) return ", the rest was";
  return `; stopped there, because the failure at line ${stoppedAt.line} is one that passes: try again from it`;
}
