import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { graphql } from "../../support/graphql-client.ts";

const COUNT = `mutation ($id: ID!, $by: Long!, $commandId: ID!) {
  count(id: $id, input: { by: $by }, commandId: $commandId, wait: NONE) { status }
}`;

const accepted = z.object({ count: z.object({ status: z.literal("ACCEPTED") }) });

/** Clients that send one command after the other to a server that comes and goes. */
export class EmbeddedLoad {
  /** Ids of commands that a server said it had taken. */
  readonly accepted: Set<string> = new Set();
  readonly #clients: readonly Promise<void>[];
  readonly #keys: number;
  #url: string | undefined;
  #stopped = false;

  constructor(clients: number, keys: number) {
    this.#keys = keys;
    this.#clients = Array.from({ length: clients }, async (_, client) => await this.#run(client));
  }

  /** Where the server is; undefined: it is gone. */
  set url(url: string | undefined) {
    this.#url = url;
  }

  /** Resolves once every client has its last answer. */
  async end(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
  }

  async #run(client: number): Promise<void> {
    for (let number = 0; !this.#stopped; number += 1) {
      const commandId = `command-${client}-${number}`;
      // Some are given up with the server that they were sent to: whoever sent them doesn't know what became of them.
      await this.#send(client, number, commandId, { isRepeated: number % 5 !== 0 });
      if (number % 20 === 19) await this.#send(client, number - 10, `command-${client}-${number - 10}`);
    }
  }

  async #send(client: number, number: number, commandId: string, { isRepeated = true } = {}): Promise<void> {
    const by = number % 23 === 0 ? 0 : number % 7 === 0 ? 10 : (number % 9) + 1;
    const id = `key-${(client * 31 + number) % this.#keys}`;
    while (!this.#stopped) {
      try {
        if (this.#url === undefined) throw new TypeError("there is no server");
        accepted.parse((await graphql(this.#url, COUNT, { id, by: String(by), commandId })).data);
        this.accepted.add(commandId);
        return;
      } catch {
        // Killed, or not ready again: though it isn't answered, it may be stored.
        await pause(10);
      }
      if (!isRepeated) return;
    }
  }
}
