import type { Config } from "../config.ts";

/** What makes topics that have event types but don't exist yet. */
export function howTopicsAreMade({ createTopics }: Pick<Config, "createTopics">): string {
  return createTopics ? "eventql start makes what is missing" : "create what is missing, or start with --create-topics";
}
