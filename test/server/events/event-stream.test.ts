import { describe, expect, it, onTestFinished } from "vitest";
import { ask, openHouse } from "./events-house.ts";

/** A stream of server-sent events, as a client reads it. */
class Stream {
  readonly messages: { readonly id?: string; readonly event?: string; readonly data: unknown }[] = [];
  readonly status: Promise<number>;
  readonly ended: Promise<void>;
  readonly #abort = new AbortController();

  constructor(url: string, headers: Readonly<Record<string, string>> = {}) {
    const response = fetch(url, { headers: { accept: "text/event-stream", ...headers }, signal: this.#abort.signal });
    this.status = response.then(({ status }) => status);
    this.ended = response.then(async (answer) => await this.#read(answer)).catch(() => {});
    onTestFinished(() => this.#abort.abort());
  }

  close(): void {
    this.#abort.abort();
  }

  async #read({ body }: Response): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    for await (const chunk of body ?? []) {
      rest += decoder.decode(chunk, { stream: true });
      const blocks = rest.split("\n\n");
      rest = blocks.pop() ?? "";
      for (const block of blocks) this.#keep(block);
    }
  }

  #keep(block: string): void {
    const fields = Object.fromEntries(
      block.split("\n").map((line) => [line.split(":")[0], line.slice(line.indexOf(":") + 1).trim()]),
    );
    const { id, event, data } = fields;
    if (data !== undefined)
      this.messages.push({
        ...(id !== undefined && { id }),
        ...(event !== undefined && { event }),
        data: JSON.parse(data),
      });
  }
}

const move = (id: string, city: string): object => ({ id, type: "PersonMoved", payload: { city } });

describe("a stream of events", () => {
  it("tells each event as it comes, and goes on after the last one that was heard", async () => {
    const { url } = await openHouse();
    const first = new Stream(`${url}/events/people`);
    expect(await first.status).toBe(200);
    await ask(`${url}/events/people`, [move("a", "1"), move("b", "2")]);
    await expect.poll(() => first.messages.length).toBe(2);
    const heard = first.messages.find(({ data }) => JSON.stringify(data).includes('"1"'));
    expect(heard).toMatchObject({ data: { id: "a", type: "PersonMoved", payload: { city: "1" } } });
    const last = first.messages.at(-1)?.id ?? "";
    first.close();
    await ask(`${url}/events/people`, move("a", "3"));
    const second = new Stream(`${url}/events/people`, { "last-event-id": last });
    await expect.poll(() => second.messages).toMatchObject([{ data: { payload: { city: "3" } } }]);
  });

  it("tells of the keys that are asked for alone", async () => {
    const { url } = await openHouse();
    const stream = new Stream(`${url}/events/people/stream?key=a,c%252Cd`);
    expect(await stream.status).toBe(200);
    await ask(`${url}/events/people`, [move("b", "no"), move("c,d", "yes"), move("a", "yes")]);
    await expect
      .poll(() => stream.messages.map(({ data }) => data))
      .toMatchObject([{ payload: { city: "yes" } }, { payload: { city: "yes" } }]);
  });

  it("never shows what is hidden", async () => {
    const { url } = await openHouse();
    const stream = new Stream(`${url}/events/people`);
    expect(await stream.status).toBe(200);
    await ask(`${url}/events/people`, { id: "a", type: "PersonNamed", payload: { name: "Ada", secret: "hush" } });
    await expect.poll(() => stream.messages).toMatchObject([{ data: { payload: { id: "a", name: "Ada" } } }]);
    expect(JSON.stringify(stream.messages)).not.toContain("hush");
  });

  it("refuses a cursor that isn't one before it begins", async () => {
    const { url } = await openHouse();
    const answer = await ask(`${url}/events/people?after=abc`, undefined, { accept: "text/event-stream" });
    expect(answer).toMatchObject({ status: 400, errors: [{ extensions: { code: "CURSOR_INVALID" } }] });
  });

  it("ends with a reason and a cursor when the server stops", async () => {
    const { url, gateway } = await openHouse();
    const stream = new Stream(`${url}/events/people`);
    expect(await stream.status).toBe(200);
    await ask(`${url}/events/people`, move("a", "1"));
    await expect.poll(() => stream.messages.length).toBe(1);
    await gateway.stop();
    await stream.ended;
    expect(stream.messages.at(-1)).toMatchObject({
      event: "error",
      data: { errors: [{ extensions: { code: "SHUTTING_DOWN", details: { cursor: expect.any(String) } } }] },
    });
  });
});
