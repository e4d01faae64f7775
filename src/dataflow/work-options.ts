import type { Parking } from "./outcome.ts";
import type { OutputOptions } from "./outputs.ts";
import type { PartyEnds } from "./outside-party.ts";

/** What working on events needs. */
export interface WorkOptions extends OutputOptions, Omit<Parking, "stream"> {
  readonly ends: PartyEnds;
}
