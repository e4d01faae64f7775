const COMMANDS = ".commands";
const OUTCOMES = ".outcomes";

/** What the records on a topic are. */
export type TopicKind = "events" | "commands" | "outcomes";

/** What the records on a topic are, by its name: `<topic>.commands` and `<topic>.outcomes` belong to `<topic>`. */
export function topicKind(topic: string): TopicKind {
  if (topic.endsWith(OUTCOMES)) return "outcomes";
  return topic.endsWith(COMMANDS) ? "commands" : "events";
}

/** The topic of the events that the commands of a topic lead to; of other topics, the topic itself. */
export function eventsTopicOf(topic: string): string {
  return topicKind(topic) === "commands" ? topic.slice(0, -COMMANDS.length) : topic;
}

/** The topic of the commands to a topic's aggregate. */
export function commandsTopicOf(topic: string): string {
  return `${topic}${COMMANDS}`;
}

/** The topic of how the commands to a topic's aggregate ended. */
export function outcomesTopicOf(topic: string): string {
  return `${topic}${OUTCOMES}`;
}
