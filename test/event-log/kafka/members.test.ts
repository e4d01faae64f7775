import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { afterAll, expect, it, onTestFinished } from "vitest";
import { joinGroup, knowEachOther } from "../../contract/event-log.members.ts";
import { describeReal, realStack, uniqueName } from "../../support/real-stack.ts";
import { openLog, removeTopics, startBrokerProxy, withAdmin } from "./kafka-tools.ts";

const PATIENCE = { timeout: 20_000, interval: 5 };
/** Who is silent is gone after 1,250 ms; the rest is for busy machines. */
const SOON_MS = 3_000;
const adapter = new URL("../../../src/event-log/kafka/kafka-event-log.ts", import.meta.url).href;

describeReal("members of a group on Kafka, when something breaks", () => {
  const groups: string[] = [];

  afterAll(async () => {
    await withAdmin((admin) => admin.deleteTopics({ topics: groups.map((group) => `${group}.members`) }));
    await removeTopics();
  });

  function newGroup(): string {
    const group = uniqueName("group");
    groups.push(group);
    return group;
  }

  /** A member in a process of its own, which is ended with the test. */
  async function startProcess(group: string): Promise<ChildProcess> {
    const script = `
      import { createKafkaEventLog } from ${JSON.stringify(adapter)};
      const logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => logger };
      const brokers = ${JSON.stringify(realStack().brokers.split(","))};
      const log = createKafkaEventLog({ brokers, clientId: "member", logger });
      await log.join({ group: ${JSON.stringify(group)}, onChange: (members) => console.log(members.length) });
    `;
    const flags = ["--disable-warning=TimeoutNegativeWarning", "--input-type=module", "--eval"];
    const child = spawn(process.execPath, [...flags, script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill("SIGKILL"));
    await once(child.stdout, "data");
    return child;
  }

  it("are soon missed when their process is killed", { timeout: 60_000 }, async () => {
    const group = newGroup();
    const here = await joinGroup(openLog(), group);
    const child = await startProcess(group);
    await expect.poll(() => here.told.at(-1), PATIENCE).toHaveLength(2);
    const killed = performance.now();
    child.kill("SIGKILL");
    await expect.poll(() => knowEachOther(here), PATIENCE).toBe(true);
    expect(performance.now() - killed).toBeLessThan(SOON_MS);
  });

  it("are missed while their process is stopped, and come back with it", { timeout: 60_000 }, async () => {
    const group = newGroup();
    const here = await joinGroup(openLog(), group);
    const child = await startProcess(group);
    const counts: number[] = [];
    child.stdout?.on("data", (text: Buffer) => counts.push(Number(text)));
    await expect.poll(() => here.told.at(-1), PATIENCE).toHaveLength(2);
    child.kill("SIGSTOP");
    await expect.poll(() => knowEachOther(here), PATIENCE).toBe(true);
    child.kill("SIGCONT");
    await expect.poll(() => here.told.at(-1), PATIENCE).toHaveLength(2);
    // It was stopped for longer than who is silent is taken to be there, and yet misses nobody.
    await here.membership.leave();
    await expect.poll(() => counts, PATIENCE).toEqual([1]);
  });

  it("are soon missed when they can't reach the broker, miss nobody themselves, and come back", async () => {
    const group = newGroup();
    const { proxy, socketFactory } = await startBrokerProxy();
    const here = await joinGroup(openLog(), group);
    const there = await joinGroup(openLog({ socketFactory }), group);
    await expect.poll(() => knowEachOther(here, there), PATIENCE).toBe(true);
    const toldThere = there.told.length;
    const refused = performance.now();
    proxy.refuse(true);
    await expect.poll(() => knowEachOther(here), PATIENCE).toBe(true);
    expect(performance.now() - refused).toBeLessThan(SOON_MS);
    expect(there.told).toHaveLength(toldThere);
    proxy.refuse(false);
    await expect.poll(() => knowEachOther(here, there), PATIENCE).toBe(true);
    expect(there.told).toHaveLength(toldThere);
  });

  it("don't count who was there before, and know so at once", async () => {
    const group = newGroup();
    const log = openLog();
    const { proxy, socketFactory } = await startBrokerProxy();
    await joinGroup(openLog({ socketFactory }), group);
    const before = await joinGroup(log, group);
    await expect.poll(() => before.told.at(-1), PATIENCE).toHaveLength(2);
    await before.membership.leave();
    proxy.refuse(true);
    const joined = performance.now();
    const lone = await joinGroup(log, group);
    await expect.poll(() => knowEachOther(lone), PATIENCE).toBe(true);
    expect(lone.told).toHaveLength(1);
    expect(performance.now() - joined).toBeLessThan(SOON_MS);
  });

  it("say what to create where their topic can't be", async () => {
    await expect(openLog().join({ group: "not a name", onChange: () => {} })).rejects.toMatchObject({
      code: "TOPIC_UNSUITABLE",
      message: expect.stringMatching(/"not a name\.members".*Create it with 1 partition/),
    });
  });

  it("say so where no broker is reached", async () => {
    const { proxy, socketFactory } = await startBrokerProxy();
    proxy.refuse(true);
    const log = openLog({ socketFactory, requestTimeoutMs: 1_000 });
    await expect(log.join({ group: newGroup(), onChange: () => {} })).rejects.toMatchObject({
      code: "EVENT_LOG_UNAVAILABLE",
    });
    groups.pop();
  });
});
