import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EventQLError } from "../../src/errors.ts";
import { type RegistryPoll, pollRegistry } from "../../src/runtime/registry-poll.ts";
import { type Logger, silentLogger } from "../../src/telemetry/logger.ts";

const refresh = vi.fn<() => Promise<void>>();
const warn = vi.fn<Logger["warn"]>();
const info = vi.fn<Logger["info"]>();
let poll: RegistryPoll;

const start = (pollMs: number): void => {
  poll = pollRegistry({ refresh, pollMs, logger: { ...silentLogger, warn, info } });
};

beforeEach(() => {
  for (const mock of [refresh, warn, info]) mock.mockReset();
  refresh.mockResolvedValue();
});
afterEach(async () => await poll.stop());

test("looks again and again, never twice at a time, until it is stopped", async () => {
  let running = 0;
  let most = 0;
  refresh.mockImplementation(async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise(setImmediate);
    running -= 1;
  });
  start(1);
  await vi.waitFor(() => expect(refresh.mock.calls.length).toBeGreaterThan(5));
  await poll.stop();
  const { length } = refresh.mock.calls;
  await new Promise(setImmediate);
  expect(refresh).toHaveBeenCalledTimes(length);
  expect(most).toBe(1);
});

test("stopping waits for a look under way", async () => {
  const begun = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  refresh.mockImplementation(async () => {
    begun.resolve();
    await release.promise;
  });
  start(1);
  await begun.promise;
  let isStopped = false;
  const stopping = poll.stop().then(() => (isStopped = true));
  await new Promise(setImmediate);
  expect(isStopped).toBe(false);
  release.resolve();
  await stopping;
});

test("a registry that is away is said once, asked ever more slowly, and said once to be back", async () => {
  refresh.mockRejectedValue(new EventQLError("REGISTRY_UNAVAILABLE", "away"));
  const times: number[] = [];
  refresh.mockImplementation(async () => {
    times.push(performance.now());
    if (times.length < 6) throw new EventQLError("REGISTRY_UNAVAILABLE", "away");
    await Promise.resolve();
  });
  start(4);
  await vi.waitFor(() => expect(info).toHaveBeenCalledOnce(), { timeout: 5_000 });
  expect(warn).toHaveBeenCalledOnce();
  expect(warn.mock.calls[0]?.[0]).toMatchObject({ code: "REGISTRY_UNAVAILABLE" });
  // 4 ms doubled five times, and a tenth less by chance.
  expect((times[5] ?? 0) - (times[4] ?? 0)).toBeGreaterThan(4 * 2 ** 5 * 0.85);
});
