import type { DecodedEvent, DecodeFailure, EventCodec } from "../catalog/codec.ts";
import type { LiveCatalog } from "../catalog/live-catalog.ts";
import type { Catalog } from "../catalog/types.ts";

/** A codec that reads the registry anew before it says that a type of events is unknown: it may be younger than the catalog. */
export function refreshingCodec(codec: EventCodec, catalog: Pick<LiveCatalog, "current" | "refresh">): EventCodec {
  return new RefreshingCodec(codec, catalog);
}

class RefreshingCodec implements EventCodec {
  readonly #codec: EventCodec;
  readonly #catalog: Pick<LiveCatalog, "current" | "refresh">;
  /** Types that the catalog doesn't have, and for which the registry is yet to be read. */
  readonly #missing = new Set<string>();
  /** Those that it didn't have either. */
  readonly #unknown = new Set<string>();
  #unknownTo: Catalog["aggregates"];

  constructor(codec: EventCodec, catalog: Pick<LiveCatalog, "current" | "refresh">) {
    this.#codec = codec;
    this.#catalog = catalog;
    this.#unknownTo = catalog.current().aggregates;
  }

  decode(topic: string, value: Uint8Array): DecodedEvent | DecodeFailure {
    const decoded = this.#codec.decode(topic, value);
    if (decoded.status !== "undecodable" || decoded.code !== "EVENT_TYPE_UNKNOWN") return decoded;
    const { schemaId } = decoded;
    if (schemaId === undefined || this.#isUnknown(`${topic}/${schemaId}`)) return decoded;
    this.#missing.add(`${topic}/${schemaId}`);
    return { status: "unprepared", schemaId };
  }

  async prepare(topic: string, schemaId: number): Promise<void> {
    const missing = `${topic}/${schemaId}`;
    if (!this.#missing.has(missing)) return await this.#codec.prepare(topic, schemaId);
    const before = this.#catalog.current().aggregates;
    await this.#catalog.refresh();
    this.#missing.delete(missing);
    if (this.#catalog.current().aggregates === before) this.#unknown.add(missing);
  }

  encode: EventCodec["encode"] = (type, payload) => this.#codec.encode(type, payload);

  #isUnknown(missing: string): boolean {
    const { aggregates } = this.#catalog.current();
    if (aggregates !== this.#unknownTo) this.#unknown.clear();
    this.#unknownTo = aggregates;
    return this.#unknown.has(missing);
  }
}
