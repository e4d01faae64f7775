import type { EventLog } from "../../event-log/event-log.ts";
import type { KeyStates } from "./key-states.ts";
import type { ProcessorServices } from "./options.ts";
import { type Range, readLog } from "./read-log.ts";
import type { Rules } from "./rules.ts";
import { tailItems } from "./tail-events.ts";

/** What events of the log are taken into. */
export interface TailTarget {
  readonly services: Pick<ProcessorServices, "codec"> & { readonly log: Pick<EventLog, "readRange"> };
  readonly rules: Rules;
  readonly states: KeyStates;
  /** Of transactions. */
  readonly invalid: Set<number>;
}

/**
 * Reads events that the projection may not have passed, and that this owner did not write. Returns how many there were.
 * @throws what the log and the codec do.
 */
export async function takeInTail(
  { services, rules, states, invalid }: TailTarget,
  range: Range,
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  for await (const records of readLog(services.log, range, signal)) {
    count += records.length;
    for (const item of await tailItems(services.codec, rules.aggregate.topic, records)) {
      if (item.kind === "event") states.seen(rules.fold, item.event);
      else {
        invalid.add(item.transaction);
        for (const key of item.keys) states.block(key, item);
      }
    }
  }
  return count;
}
