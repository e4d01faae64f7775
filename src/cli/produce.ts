import type { Config } from "../config.ts";
import type { Flags } from "../config/sources.ts";
import type { Appended } from "../command/appender.ts";
import type { Stack } from "../compose.ts";
import { type FailedLine, appendLines } from "./append-lines.ts";
import { counted } from "./counted.ts";
import { readLine, readPayload } from "./event-line.ts";
import { type LineAppender, createLineAppender } from "./line-appender.ts";
import { openLines } from "./line-source.ts";
import { type LinesRequest, type ProduceRequest, produceRequest } from "./produce-request.ts";
import { createProgress } from "./progress.ts";
import { configOf, withStack } from "./session.ts";
import type { Terminal } from "./terminal.ts";

/** How many bad lines are told of one by one. */
const SHOWN_FAILURES = 20;

/** Appends events. Returns the process's exit code: 1 if a line was left out. */
export async function produce(payload: string | undefined, flags: Flags, terminal: Terminal): Promise<number> {
  const { topic, key, schema, keyField, file, tombstone, ...shared } = flags;
  const own = { topic, key, schema, keyField, file, tombstone };
  const request = produceRequest(payload, own, terminal.stdin.isTTY === true);
  const config = await configOf(shared, terminal);
  return await withStack(config, terminal, async (stack) => {
    const appender = await openAppender(request.topic, stack, config);
    return request.kind === "lines"
      ? await produceLines(request, appender, terminal)
      : await produceOne(request, appender, terminal);
  });
}

async function openAppender(topic: string, { log, registry }: Stack, config: Config): Promise<LineAppender> {
  const { createCodec } = await import("../catalog/codec/create-codec.ts");
  const { createAppender } = await import("../command/open-appender.ts");
  const { gatherForTopics } = await import("./gather-catalog.ts");
  const catalog = await gatherForTopics(registry, config, [topic]);
  const codec = createCodec(registry, () => catalog);
  return createLineAppender(topic, catalog, createAppender({ log, codec, source: "/eventql/cli" }));
}

async function produceOne(
  request: Exclude<ProduceRequest, LinesRequest>,
  appender: LineAppender,
  { stdout }: Terminal,
): Promise<number> {
  const appended = await appendOne(request, appender);
  const { id, eventId, position, receipt } = appended;
  stdout.write(`${JSON.stringify({ id, eventId, ...position, receipt })}\n`);
  return 0;
}

async function appendOne(request: Exclude<ProduceRequest, LinesRequest>, appender: LineAppender): Promise<Appended> {
  if (request.kind === "tombstone") return await appender.appendTombstone(request.key);
  const line = readPayload(request.text, request.shape);
  return await appender.append({ ...line, key: request.key ?? line.key });
}

async function produceLines(
  { topic, file, shape }: LinesRequest,
  appender: LineAppender,
  { stdin, stdout, stderr }: Terminal,
): Promise<number> {
  const source = await openLines(file, stdin);
  const progress = createProgress(source.bytes, stderr);
  const failures: FailedLine[] = [];
  const began = performance.now();
  const { appended, failed, stoppedAt } = await appendLines(source.lines, {
    append: async (line) => await appender.append(readLine(line, shape)),
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
  if (failed > 0) stderr.write(`${counted(failed, "line")} not appended${whereItStopped(stoppedAt)}\n`);
  return failed > 0 ? 1 : 0;
}

function whereItStopped(stoppedAt: FailedLine | undefined): string {
  if (stoppedAt === undefined) return ", the rest was";
  return `; stopped there, because the failure at line ${stoppedAt.line} is one that passes: try again from it`;
}
