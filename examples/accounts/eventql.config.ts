import { type ConfigFile, defineConfig } from "../../src/index.ts";
import { dailyActivity } from "./daily-activity.ts";

const config: ConfigFile = defineConfig({
  schemas: "examples/accounts/schemas",
  data: ".eventql/accounts",
  topics: ["accounts", "account-events"],
  topicSettings: {
    accounts: { compacted: true },
    "account-events": { retention: "P30D" },
  },
  projections: [dailyActivity],
});

export default config;
