import { z } from "zod";
import type { Block } from "./blocks.ts";
import { expectJson } from "./like.ts";

const Result = z.object({ data: z.record(z.string(), z.unknown()) });

/** A subscription of a page, over server-sent events: it is known to run when it is opened. */
export class EventStream {
  readonly #results: unknown[] = [];
  readonly #stop: AbortController;

  private constructor(stop: AbortController) {
    this.#stop = stop;
  }

  static async open(url: string, query: string, variables: object): Promise<EventStream> {
    const stop = new AbortController();
    const response = await fetch(`${url}/graphql`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "text/event-stream" },
      body: JSON.stringify({ query, variables }),
      signal: stop.signal,
    });
    const stream = new EventStream(stop);
    void stream.#read(response).catch(() => {});
    return stream;
  }

  /** Returns the cursor of what it compares, if that has one. @throws unless the page shows what it has told next. */
  expectNext({ text }: Block): string | undefined {
    if (this.#results.length === 0) throw new RangeError("it has told nothing more");
    expectJson(Result.parse(this.#results[0]).data, text);
    return /"cursor":"([^"]+)"/.exec(JSON.stringify(this.#results.shift()))?.[1];
  }

  close(): void {
    this.#stop.abort();
  }

  async #read({ body }: Response): Promise<void> {
    let text = "";
    for await (const chunk of body?.pipeThrough(new TextDecoderStream()) ?? []) {
      text += chunk;
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) if (line.startsWith("data: {")) this.#results.push(JSON.parse(line.slice(6)));
    }
  }
}
