import type { AppendRun } from "./append.ts";
import { bareGroupCommit, oneAtATime } from "./bare.ts";
import { eventqlAppender } from "./ours.ts";
import { type AppendOne, measure } from "./workload.ts";

const run: AppendRun = JSON.parse(process.argv[2] ?? "");
process.stdout.write(`${JSON.stringify(await measure(await open(run)))}\n`);
process.exit(0);

async function open({ side, servers, topic, schemaId }: AppendRun): Promise<AppendOne> {
  switch (side) {
    case "ours":
      return await eventqlAppender(servers, topic);
    case "same records":
      return await bareGroupCommit(servers.brokers, topic, schemaId, true);
    case "group commit":
      return await bareGroupCommit(servers.brokers, topic, schemaId, false);
    case "one at a time":
      return await oneAtATime(servers.brokers, topic, schemaId);
  }
}
