import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type FollowingWaiter, createWaiter } from "../../src/command/read-model-waiter.ts";
import { openEmbeddedReadModel } from "../../src/read-model/embedded/embedded-read-model.ts";
import type { ReadModel, StoredDocument } from "../../src/read-model/read-model.ts";
import { silentLogger } from "../../src/telemetry/logger.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

describe("waiting for the projection", () => {
  const checkpoint = { projection: "p", topic: "t", partition: 0, generation: 1, partitions: 1 };
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let readModel: ReadModel;
  let waiter: FollowingWaiter;
  let projection: string;

  beforeEach(async () => {
    folder = await temporaryFolder();
    readModel = openEmbeddedReadModel({ file: join(folder.path, "eventql.db"), logger: silentLogger });
    await readModel.ensureCollections([{ name: "letters" }]);
    await readModel.openCheckpoint({ ...checkpoint, next: 0 });
    projection = "p";
    const deadLetters = { collection: "letters", idOf: ({ offset }: { offset: number }) => `letter-${offset}` };
    waiter = createWaiter({ readModel, projectionOf: () => projection, deadLetters, maxWaiters: 2 });
  });

  afterEach(async () => {
    await waiter.close();
    await readModel.close();
    await folder.remove();
  });

  const move = async (from: number, next: number, letters: readonly StoredDocument[] = []): Promise<void> => {
    const writes = [{ collection: "letters", inserts: letters, replacements: [], deletions: [] }];
    await readModel.commit({ checkpoint: { ...checkpoint, next }, from, writes });
  };
  const position = (offset: number) => ({ topic: "t", partition: 0, offset });

  test("ends when the checkpoint has passed the position", async () => {
    const waiting = waiter.wait(position(4), 10_000);
    await move(0, 5);
    expect(await waiting).toBe("PROJECTED");
  });

  test("ends at once where it was passed before", async () => {
    await move(0, 5);
    expect(await waiter.wait(position(4), 1)).toBe("PROJECTED");
  });

  test("is an error when it takes too long", async () => {
    await move(0, 4);
    await expect(waiter.wait(position(4), 20)).rejects.toThrow(expect.objectContaining({ code: "NOT_YET_PROJECTED" }));
  });

  test("tells an event that was passed but set aside from one that was applied", async () => {
    await move(0, 3, [
      { _id: "letter-0", waiting: false },
      { _id: "letter-1", waiting: true },
    ]);
    expect(await waiter.wait(position(0), 1_000)).toBe("DEAD_LETTERED");
    expect(await waiter.wait(position(1), 1_000)).toBe("KEY_PARKED");
    expect(await waiter.wait(position(2), 1_000)).toBe("PROJECTED");
  });

  test("is refused where too many wait already", async () => {
    const waiting = [waiter.wait(position(9), 10_000), waiter.wait(position(9), 10_000)];
    await expect(waiter.wait(position(9), 10_000)).rejects.toThrow(expect.objectContaining({ code: "LIMIT_EXCEEDED" }));
    await move(0, 10);
    expect(await Promise.all(waiting)).toEqual(["PROJECTED", "PROJECTED"]);
  });

  test("positions of another partition don't count", async () => {
    await move(0, 10);
    const elsewhere = waiter.wait({ topic: "t", partition: 1, offset: 0 }, 20);
    await expect(elsewhere).rejects.toThrow(expect.objectContaining({ code: "NOT_YET_PROJECTED" }));
  });

  test("goes over to the projection that has taken the topic's place", async () => {
    const waiting = waiter.wait(position(3), 5_000);
    await readModel.openCheckpoint({ ...checkpoint, projection: "q", next: 4 });
    projection = "q";
    waiter.moved();
    expect(await waiting).toBe("PROJECTED");
    await expect(waiter.wait(position(4), 20)).rejects.toMatchObject({ code: "NOT_YET_PROJECTED" });
  });
});
