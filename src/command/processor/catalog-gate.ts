import type { LogRecord } from "../../model/event.ts";
import type { AskedCommand } from "./asked-command.ts";
import type { ProcessorServices } from "./options.ts";
import { readCommands } from "./read-command.ts";
import type { Rules } from "./rules.ts";

/** Schemas that stay unknown and are remembered, so that strangers can't fill the memory. */
const MAX_STRANGE = 10_000;

/**
 * Reads commands as the newest catalog has them. A schema that isn't known makes it look at the registry once; what is
 * still unknown then is refused.
 */
export class CommandGate {
  readonly #services: Pick<ProcessorServices, "codec" | "catalog">;
  readonly #strange = new Set<number>();
  #prepared: Rules | undefined;

  constructor(services: Pick<ProcessorServices, "codec" | "catalog">) {
    this.#services = services;
  }

  /** @throws EventQLError the retriable ones of the registry. */
  async read(rules: Rules, records: readonly LogRecord[]): Promise<readonly AskedCommand[]> {
    const { codec, catalog } = this.#services;
    const { topic } = rules.aggregate;
    await this.#prepareTypes(rules);
    for (;;) {
      const { commands, unprepared, doubtful } = readCommands({ codec, topic }, records);
      for (const schemaId of unprepared) await codec.prepare(topic, schemaId);
      if (unprepared.size > 0) continue;
      const open = [...doubtful].filter((schemaId) => !this.#strange.has(schemaId));
      if (open.length === 0) return commands;
      await catalog.refresh();
      if (this.#strange.size > MAX_STRANGE) this.#strange.clear();
      for (const schemaId of open) {
        this.#strange.add(schemaId);
        if (schemaId !== 0) await codec.prepare(topic, schemaId);
      }
    }
  }

  /** What rules decide on is read back as the projector will: its schemas must be at hand. */
  async #prepareTypes(rules: Rules): Promise<void> {
    if (this.#prepared === rules) return;
    for (const { topic, schemaId } of rules.aggregate.eventTypes) await this.#services.codec.prepare(topic, schemaId);
    this.#prepared = rules;
  }
}
