import { type ConfigFile, defineConfig } from "../../src/index.ts";
import { value } from "./value.ts";

const config: ConfigFile = defineConfig({
  schemas: "examples/calculator/schemas",
  data: ".eventql/calculator",
  aggregates: [value],
  routes: {
    "POST /values": { command: "CreateValue" },
    "PUT /values/{id}": { command: "ChangeValue" },
    "GET /values/{id}": { read: "Value", columns: ["value"] },
  },
});

export default config;
