import { calculatorSuite } from "./calculator.ts";

calculatorSuite({ name: "embedded", flags: [], env: () => ({}), dispose: async () => {} });
