import { Kafka, logLevel } from "kafkajs";
import { openReal } from "../e2e/stacks/real.ts";
import { describeReal, realStack } from "../support/real-stack.ts";
import { wordcountSuite } from "./wordcount.ts";

describeReal("on the real servers", () => {
  wordcountSuite("real", async () => ({
    ...(await openReal()),
    async clean() {
      const admin = new Kafka({ brokers: realStack().brokers.split(","), logLevel: logLevel.NOTHING }).admin();
      await admin.connect();
      const own = (await admin.listTopics()).filter((topic) =>
        /^(lines|words|translations|eventql\.card\..*)$/.test(topic),
      );
      await admin.deleteTopics({ topics: own });
      await admin.disconnect();
    },
  }));
});
