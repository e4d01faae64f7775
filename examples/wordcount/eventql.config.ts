import { type ConfigFile, defineConfig } from "../../src/index.ts";
import { cards, wordCounts, words } from "./words.ts";

const config: ConfigFile = defineConfig({
  schemas: "examples/wordcount/schemas",
  data: ".eventql/wordcount",
  topics: ["lines", "words", "translations"],
  streams: [words, wordCounts, cards],
});

export default config;
