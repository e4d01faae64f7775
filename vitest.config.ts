import { defineConfig, type ViteUserConfig } from "vitest/config";

const config: ViteUserConfig = defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/support/real-stack.setup.ts"],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});

export default config;
