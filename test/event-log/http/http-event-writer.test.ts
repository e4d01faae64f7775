import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import { once } from "node:events";
import { json } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { isEventQLError } from "../../../src/errors.ts";
import { HttpEventWriter } from "../../../src/event-log/http/http-event-writer.ts";
import { WireAppend } from "../../../src/event-log/record-wire.ts";

type Answer = (keys: readonly string[], response: ServerResponse, request: IncomingMessage) => void;

/** A server that answers each request by the next of these, and keeps the keys that it was sent. */
async function serve(...answers: readonly Answer[]): Promise<{ readonly url: string; readonly sent: string[][] }> {
  const sent: string[][] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const keys = WireAppend.parse(await json(request)).records.map(({ key }) => key);
      sent.push(keys);
      (answers[sent.length - 1] ?? landed)(keys, response, request);
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`, sent };
}

const landed: Answer = (keys, response) =>
  response.end(JSON.stringify({ results: keys.map((_, offset) => ({ partition: 0, offset })) }));
const lost: Answer = (_keys, response) => response.destroy();
const never: Answer = () => {};
const says =
  (status: number, body: string): Answer =>
  (_keys, response) =>
    response.writeHead(status).end(body);
const refuses = (status: number, code: string): Answer =>
  says(status, JSON.stringify({ errors: [{ message: "no", extensions: { code } }] }));

function writerTo(url: string, timeoutMs = 5_000): (key: string) => Promise<unknown> {
  const writer = new HttpEventWriter({ url, timeoutMs });
  onTestFinished(async () => await writer.close());
  return async (key) =>
    await writer.append({ topic: "t", key, value: Buffer.from("v"), headers: {} }).catch((error: unknown) => error);
}

describe("an append over HTTP", () => {
  it("is sent with all that is called meanwhile, and in the order of the calls", async () => {
    const { url, sent } = await serve();
    const append = writerTo(url);
    const results = await Promise.all(["a", "b", "a", "c"].map(append));
    expect(results).toMatchObject([0, 1, 2, 3].map((offset) => ({ topic: "t", partition: 0, offset })));
    expect(sent).toEqual([["a", "b", "a", "c"]]);
  });

  it.each([
    ["lost", lost],
    ["late", never],
    ["a gateway's", says(502, "<html>Bad Gateway</html>")],
    ["an unexpected failure", refuses(500, "INTERNAL")],
    ["of another kind", says(200, "{}")],
    ["not for each record", says(200, '{"results": []}')],
  ])(
    "whose answer is %s may be written or not: it is not sent again, and nothing of its key after it",
    async (_what, answer) => {
      const held = Promise.withResolvers<void>();
      const { url, sent } = await serve((...asked) => void held.promise.then(() => answer(...asked)));
      const append = writerTo(url, 300);
      const first = append("a");
      // These wait while the first is on its way.
      await expect.poll(() => sent.length).toBe(1);
      const [second, other] = [append("a"), append("b")];
      held.resolve();
      expect(await first).toMatchObject({ code: "APPEND_UNKNOWN", retriable: true });
      expect(await second).toMatchObject({ code: "APPEND_FAILED", retriable: true });
      // Of another key: written, or given back as not written, where it had waited too long.
      expect(await other).toSatisfy((result) => !isEventQLError(result) || result.code === "EVENT_LOG_UNAVAILABLE");
      expect(sent.flat().filter((key) => key === "a").length).toBe(1);
      expect(await append("a")).toMatchObject({ topic: "t" });
    },
  );

  it.each([
    ["the server stops", refuses(503, "SHUTTING_DOWN"), "EVENT_LOG_UNAVAILABLE"],
    ["the caller may not", refuses(403, "FORBIDDEN"), "FORBIDDEN"],
    ["the token has expired", refuses(401, "TOKEN_EXPIRED"), "TOKEN_EXPIRED"],
    ["the body is too large", refuses(413, "EVENT_TOO_LARGE"), "EVENT_TOO_LARGE"],
    ["there is no such address", says(404, "not here"), "EVENT_LOG_UNAVAILABLE"],
  ])("is certainly not written where %s", async (_what, answer, code) => {
    const { url } = await serve(answer);
    expect(await writerTo(url)("a")).toMatchObject({ code });
  });

  it("is certainly not written where nobody listens, or the writer is closed", async () => {
    const { url } = await serve();
    const gone = createServer().listen(0, "127.0.0.1");
    await once(gone, "listening");
    const address = gone.address();
    gone.close();
    await once(gone, "close");
    const writer = new HttpEventWriter({
      url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    });
    const record = { topic: "t", key: "a", value: null, headers: {} };
    await expect(writer.append(record)).rejects.toMatchObject({ code: "EVENT_LOG_UNAVAILABLE" });
    const closed = new HttpEventWriter({ url });
    await closed.append(record);
    await closed.close();
    await expect(closed.append(record)).rejects.toMatchObject({ code: "EVENT_LOG_UNAVAILABLE" });
  });
});
