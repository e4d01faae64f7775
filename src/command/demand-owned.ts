import { EventQLError } from "../errors.ts";
import type { CommandRequest } from "./commands.ts";

/**
 * Checks that the aggregate's topic has somebody who decides on such a command.
 * @throws EventQLError `NOT_OWNED`; `BAD_USER_INPUT` where the aggregate is changed by its rules alone.
 */
export function demandOwned({ kind, aggregate }: Pick<CommandRequest, "kind" | "aggregate">): void {
  const { name, topic, owned } = aggregate;
  if (owned === undefined)
    throw new EventQLError(
      "NOT_OWNED",
      `${name} takes no commands: its topic ${topic} is open. Give one of its event types the hint "owned": true.`,
    );
  const isTransaction = kind === "transaction" || kind === "invalidation";
  if (isTransaction && !owned.transactions)
    throw new EventQLError(
      "NOT_OWNED",
      `${name} has no transactions: give an event type of topic ${topic} the hint "transactions": true.`,
    );
  if (kind === "command" || kind === "invalidation" || owned.decider?.eventMutations !== false) return;
  const commands = owned.commands.map((command) => command.name).join(", ");
  throw new EventQLError(
    "BAD_USER_INPUT",
    `${name} is changed by its commands alone (${commands}): its decider doesn't offer events (eventMutations).`,
  );
}
