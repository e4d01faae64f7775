import { afterAll, beforeAll, expect, it, vi } from "vitest";
import type { E2EStack } from "../e2e/stacks/stack.ts";
import { openReal } from "../e2e/stacks/real.ts";
import { type CliResult, eventqlInProcess } from "../cli/run-in-process.ts";
import { EventqlProcess } from "../support/gateway-process.ts";
import { graphql } from "../support/graphql-client.ts";
import { describeReal } from "../support/real-stack.ts";
import { type SecondKafka, startSecondKafka } from "../support/second-kafka.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { type BankDomain, writeBankDomain } from "./bank-domain.ts";
import { Mirror, readAll } from "./mirror.ts";

const PATIENCE = { timeout: 20_000, interval: 50 };
const PARTITIONS = [0, 1, 2, 3];

describeReal("moving to a mirrored cluster", () => {
  const unique = crypto.randomUUID().slice(0, 8);
  const processes: EventqlProcess[] = [];
  let stack: E2EStack;
  let second: SecondKafka;
  let mirror: Mirror;
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let domain: BankDomain;

  beforeAll(async () => {
    folder = await temporaryFolder();
    [stack, second, domain] = await Promise.all([openReal(), startSecondKafka(), writeBankDomain(folder.path, unique)]);
    mirror = await Mirror.open(stack.env["KAFKA_BROKERS"] ?? "", second.brokers);
  }, 60_000);

  afterAll(async () => {
    await Promise.all(processes.map((each) => each.kill()));
    await mirror.close(await mirror.topics(unique));
    await Promise.all([stack.close(), second.stop(), folder.remove()]);
  });

  const argsOf = (): string[] => [...stack.args, "--config", domain.config, "--schemas", domain.schemas];

  const gatewayOn = async (brokers: string): Promise<{ readonly url: string; readonly process: EventqlProcess }> => {
    const args = ["start", "--port", "0", "--create-topics", ...argsOf()];
    const process = new EventqlProcess(args, { ...stack.env, KAFKA_BROKERS: brokers });
    processes.push(process);
    return { url: await process.ready(), process };
  };

  const migrate = async (...flags: readonly string[]): Promise<CliResult> =>
    await eventqlInProcess(["migrate", ...argsOf(), ...flags], {
      cwd: folder.path,
      env: { ...stack.env, KAFKA_BROKERS: second.brokers },
    });

  /** What was deposited, by account and by owner: what documents must say. */
  const expected = { accounts: new Map<string, bigint>(), owners: new Map<string, bigint>(), big: [] as string[] };
  let deposits = 0;

  /** Writes deposits as other programs do; some without an id. */
  const deposit = async (count: number, isNamed: (index: number) => boolean): Promise<void> => {
    const records = [];
    for (let index = 0; index < count; index += 1) {
      deposits += 1;
      const [account, owner, amount] = [`account-${deposits % 12}`, `owner-${deposits % 5}`, BigInt(deposits)];
      expected.accounts.set(account, (expected.accounts.get(account) ?? 0n) + amount);
      expected.owners.set(owner, (expected.owners.get(owner) ?? 0n) + amount);
      if (amount >= 50n) expected.big.push(String(amount));
      const value = await stack.serialize(domain.deposits, "test.bank.Deposited", { owner, amount: Number(amount) });
      const headers = isNamed(index) ? { ce_id: crypto.randomUUID() } : {};
      records.push({ key: Buffer.from(account), value, headers });
    }
    await stack.produce(domain.deposits, records);
  };

  const totals = async (url: string): Promise<unknown> => {
    const { data } = await graphql(
      url,
      `{ accounts(limit: 100) { id amount } ${domain.ownersList}(limit: 100) { id total } }`,
    );
    const accounts = entriesOf(data?.["accounts"], "amount");
    return { accounts, owners: entriesOf(data?.[domain.ownersList], "total") };
  };

  const untilAllIsThere = async (url: string): Promise<void> => {
    const { accounts, owners } = expected;
    const wanted = { accounts: sorted(accounts), owners: sorted(owners) };
    await vi.waitFor(async () => expect(await totals(url)).toEqual(wanted), PATIENCE);
  };

  const count = async (url: string, id: string, by: number, commandId: string): Promise<unknown> => {
    const query = `mutation { count(id: "${id}", commandId: "${commandId}", input: { by: ${by} }) { status counter { total } } }`;
    return await graphql(url, query);
  };

  const bigOnes = async (log: Mirror["from"]): Promise<readonly string[]> => {
    const records = await Promise.all(PARTITIONS.map((partition) => readAll(log, domain.big, partition)));
    const ids = records.flat().map(({ headers }) => headers["ce_id"]);
    // The same id twice is a repetition: of the mirror, or of the stream.
    return ids.map(String);
  };

  it(
    "goes on with the same documents: nothing is applied twice, and nothing is lost",
    { timeout: 90_000 },
    async () => {
      const first = await gatewayOn(stack.env["KAFKA_BROKERS"] ?? "");
      // Two kinds of partitions: those whose last records have ids, and those whose last ones don't.
      await deposit(60, () => true);
      await deposit(6, (index) => index % 2 === 0);
      for (const by of [1, 2, 3]) await count(first.url, "one", by, `before-${by}`);
      await untilAllIsThere(first.url);
      await vi.waitFor(async () => expect(await bigOnes(mirror.from)).toHaveLength(expected.big.length), PATIENCE);
      // The process isn't stopped but held: as one that nobody has thought of.
      first.process.signal("SIGSTOP");
      const applied = await Promise.all(
        PARTITIONS.map((partition) => readAll(mirror.from, domain.deposits, partition)),
      );
      await deposit(20, () => true);

      const topics = await mirror.topics(unique);
      await mirror.create(topics);
      const others = topics.filter((topic) => topic !== domain.deposits);
      for (const topic of others)
        for (const { partition } of await partitionsOf(mirror, topic))
          await mirror.copy(topic, partition, { gap: partition });
      for (const partition of PARTITIONS) await mirror.copy(domain.deposits, partition, { count: 2 });
      const early = await migrate("--from", stack.env["KAFKA_BROKERS"] ?? "");
      expect(early).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/^NOT_MIRRORED: Nothing was moved/) });
      expect(early.stderr).toContain(`aggregates/${domain.deposits}/`);

      await mirror.recreate(domain.deposits);
      for (const partition of PARTITIONS) {
        const own = applied[partition] ?? [];
        const isNamed = own.slice(-2).every(({ headers }) => headers["ce_id"] !== undefined);
        // One partition has lower offsets there, others higher ones.
        const shift = partition === 0 ? { expired: 3 } : { gap: 5 * partition };
        await mirror.copy(domain.deposits, partition, { ...shift, ...(isNamed && { again: own.length }) });
      }
      const from = ["--from", stack.env["KAFKA_BROKERS"] ?? ""];
      const dry = await migrate(...from, "--dry-run", "--json");
      expect(dry).toMatchObject({ exitCode: 0, stderr: "" });
      expect(JSON.parse(dry.stdout)).toMatchObject({ moved: false, problems: [] });
      const done = await migrate(...from);
      expect(done).toMatchObject({ exitCode: 0, stderr: "" });
      expect(done.stdout).toMatch(/positions moved\.\n$/);

      const next = await gatewayOn(second.brokers);
      await untilAllIsThere(next.url);
      await vi.waitFor(async () => expect(await bigOnes(mirror.to)).toHaveLength(expected.big.length), PATIENCE);
      expect(new Set(await bigOnes(mirror.to)).size).toBe(expected.big.length);
      // A command that was decided isn't decided again; the next one goes on from what it led to.
      expect(await count(next.url, "one", 2, "before-2")).toMatchObject({ data: { count: { status: "PROJECTED" } } });
      expect(await count(next.url, "one", 4, "after-4")).toMatchObject({
        data: { count: { counter: { total: "10" } } },
      });
      const [last = []] = applied;
      expect(last.length).toBeGreaterThan(3);

      // Whoever goes on with the old cluster stops where it is.
      first.process.signal("SIGCONT");
      await vi.waitFor(() => expect(first.process.output).toContain("LOG_CHANGED"), PATIENCE);
      await untilAllIsThere(next.url);
    },
  );
});

async function partitionsOf({ from }: Mirror, topic: string): Promise<readonly { readonly partition: number }[]> {
  return (await from.offsets(topic)).map((_, partition) => ({ partition }));
}

function sorted(of: ReadonlyMap<string, bigint>): readonly (readonly [string, string])[] {
  return [...of].map(([id, total]) => [id, String(total)] as const).toSorted(([a], [b]) => (a < b ? -1 : 1));
}

function entriesOf(list: unknown, column: string): unknown {
  if (!Array.isArray(list)) return list;
  return list
    .map((each: Record<string, unknown>) => [each["id"], each[column]])
    .toSorted(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}
