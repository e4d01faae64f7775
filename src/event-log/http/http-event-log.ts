import type { EventLog } from "../event-log.ts";
import { notOverHttp } from "./failures.ts";
import { HttpEventReader } from "./http-event-reader.ts";
import { HttpEventWriter } from "./http-event-writer.ts";
import type { HttpLogOptions } from "./options.ts";

/** Where a log's server is, and what is behind it. */
export interface HttpEventLogOptions extends HttpLogOptions {
  /** Whether the server's own log finds keys at once, as the embedded one does. Default false. */
  readonly findsKeys?: boolean;
}

/**
 * A server's event log as a back-end, over HTTP. It appends and reads; what needs a log's own connection is refused with
 * `BAD_USER_INPUT`: making topics, sharing partitions among the consumers of a group, and owning partitions.
 */
export function createHttpEventLog(options: HttpEventLogOptions): EventLog {
  const reader = new HttpEventReader(options);
  const writer = new HttpEventWriter(options);
  return {
    findsKeys: options.findsKeys ?? false,
    describeTopics: async (names) => await reader.describeTopics(names),
    offsets: async (topic) => await reader.offsets(topic),
    readKey: async (asked) => await reader.readKey(asked),
    readRange: async (asked) => await reader.readRange(asked),
    consume: async (asked, handler) => await reader.consume(asked, handler),
    append: async (record) => await writer.append(record),
    createTopics: () => Promise.reject(notOverHttp("Topics can't be made")),
    takeOver: () => Promise.reject(notOverHttp("Partitions can't be owned")),
    committed: () => Promise.reject(notOverHttp("Positions of owners can't be read")),
    join: () => Promise.reject(notOverHttp("Groups can't be joined")),
    ping: async () => await reader.ping(),
    async close() {
      await writer.close();
      await reader.close();
    },
  };
}
