import type { IncomingMessage, ServerResponse } from "node:http";
import { z } from "zod";
import { EventQLError, isEventQLError } from "../../../errors.ts";
import type { EventLog } from "../../../event-log/event-log.ts";
import { RECORDS_TYPE, WireAppend, type WireAppended, bytesOf, toWire } from "../../../event-log/record-wire.ts";
import { sendJson } from "../../responses.ts";
import { flag, queryOf, whole } from "../query-values.ts";
import { mediaTypeOf, readJson } from "../request-body.ts";
import { RecordTails } from "./record-tails.ts";

/** The largest body: some records of the largest size, in base64. */
const MAX_BODY_BYTES = 16 * 1024 * 1024;
const MAX_RECORDS = 10_000;
const MAX_TIMEOUT_MS = 30_000;
const MAX_BATCH_BYTES = 8 * 1024 * 1024;

const partition = whole(100_000);
const limit = whole(MAX_RECORDS).exactOptional();
const timeoutMs = whole()
  .transform((ms) => Math.min(ms, MAX_TIMEOUT_MS))
  .exactOptional();

const KeyQuery = z.strictObject({
  partition,
  key: z.string(),
  from: whole(),
  until: whole(),
  limit: whole(MAX_RECORDS),
  newest: flag.exactOptional(),
  maxScanned: whole(1_000_000).exactOptional(),
  timeoutMs,
});

const RangeQuery = z.strictObject({ partition, from: whole(), until: whole().exactOptional(), limit, timeoutMs });

const PollQuery = z.strictObject({
  partition,
  from: whole(),
  waitMs: whole().transform((ms) => Math.min(ms, MAX_TIMEOUT_MS)),
  maxBytes: whole()
    .transform((bytes) => Math.min(bytes, MAX_BATCH_BYTES))
    .default(MAX_BATCH_BYTES),
});

type Result = z.infer<typeof WireAppended>["results"][number];

/** The log as it is, for those who may see everything. The caller has been let in. */
export class RecordsApi {
  readonly #log: () => EventLog;
  readonly #tails: RecordTails;

  /** @param log @throws EventQLError `NOT_READY` where there is none yet @param group as of {@link RecordTails} */
  constructor(log: () => EventLog, group: string) {
    this.#log = log;
    this.#tails = new RecordTails(log, group);
  }

  /** Whether the log answers, and what it can do. */
  async answerState(response: ServerResponse): Promise<void> {
    const log = this.#log();
    await log.ping();
    send(response, { findsKeys: log.findsKeys });
  }

  /** @throws EventQLError `TOPIC_NOT_FOUND`. */
  async answerDescription(topic: string, response: ServerResponse): Promise<void> {
    const [described] = await this.#log().describeTopics([topic]);
    if (described === undefined) throw noTopic(topic);
    send(response, { ...described, retentionMs: described.retentionMs ?? null });
  }

  /** @throws EventQLError `TOPIC_NOT_FOUND`. */
  async answerOffsets(topic: string, response: ServerResponse): Promise<void> {
    send(response, await this.#log().offsets(topic));
  }

  /** Records of a key, of a range, or, with `waitMs`, as they come. */
  async answerRecords(topic: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { searchParams } = new URL(request.url ?? "/", "http://localhost");
    if (searchParams.has("key")) {
      const { records, complete } = await this.#log().readKey({ topic, ...queryOf(request, KeyQuery) });
      return send(response, { records: records.map(toWire), complete });
    }
    const isPoll = searchParams.has("waitMs");
    const { records, ...range } = isPoll
      ? await this.#tails.poll(topic, { ...queryOf(request, PollQuery), signal: goneSignal(response) })
      : await this.#log().readRange({ topic, ...queryOf(request, RangeQuery) });
    send(response, { records: records.map(toWire), ...range });
  }

  /** Appends records in their order; the answer tells what became of each. */
  async answerAppend(topic: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (mediaTypeOf(request) !== RECORDS_TYPE) throw bad(`Records are sent with content-type: ${RECORDS_TYPE}.`);
    const parsed = WireAppend.safeParse(await readJson(request, MAX_BODY_BYTES));
    if (!parsed.success) throw bad(`The records are not as they should be: ${z.prettifyError(parsed.error)}`);
    const log = this.#log();
    const appends = parsed.data.records.map(
      async ({ key, value, headers }) => await log.append({ topic, key, value: bytesOf(value), headers }),
    );
    const settled = await Promise.allSettled(appends);
    send(response, { results: settled.map(resultOf) });
  }

  /** Answers all who wait. */
  release(): void {
    this.#tails.release();
  }

  async close(): Promise<void> {
    await this.#tails.close();
  }
}

function resultOf(settled: PromiseSettledResult<{ readonly partition: number; readonly offset: number }>): Result {
  if (settled.status === "fulfilled") return { partition: settled.value.partition, offset: settled.value.offset };
  const error: unknown = settled.reason;
  if (!isEventQLError(error)) return { error: { code: "APPEND_UNKNOWN", message: "Something unexpected went wrong." } };
  const { code, message, details } = error;
  return { error: { code, message, details } };
}

function send(response: ServerResponse, body: unknown): void {
  sendJson(response, 200, body, { "content-type": RECORDS_TYPE });
}

/** Is aborted when nobody waits for the answer any more. */
function goneSignal(response: ServerResponse): AbortSignal {
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  return gone.signal;
}

function noTopic(topic: string): EventQLError {
  return new EventQLError("TOPIC_NOT_FOUND", `Topic "${topic}" does not exist: create it first.`, {
    details: { topic },
  });
}

function bad(message: string): EventQLError {
  return new EventQLError("BAD_USER_INPUT", message);
}
