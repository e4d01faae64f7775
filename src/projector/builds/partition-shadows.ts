import type { Companions, Run } from "../companions.ts";
import type { HaltedBuild } from "../partition-status.ts";
import type { PlannedBatch } from "../planned-batch.ts";
import type { Beside } from "./beside.ts";
import { ShadowBuild } from "./shadow-build.ts";
import type { ShadowHost } from "./shadow-host.ts";

/** The builds that are made of a partition beside the one that its owner keeps. */
export class PartitionShadows implements Companions {
  readonly #host: ShadowHost;
  readonly #beside: Beside;
  readonly #shadows = new Map<string, ShadowBuild>();
  readonly #ending = new Set<Promise<void>>();

  constructor(host: ShadowHost, beside: Beside) {
    this.#host = host;
    this.#beside = beside;
  }

  /** Begins builds that are new, and ends those that aren't wanted any more. */
  update(): void {
    const wanted = new Map(this.#beside.builds(this.#host.of.topic).map((build) => [build.id, build]));
    for (const [id, shadow] of this.#shadows) if (!wanted.has(id)) this.#end(id, shadow);
    for (const [id, build] of wanted) {
      if (this.#shadows.has(id)) continue;
      const shadow = new ShadowBuild(build, this.#host, this.#beside.log);
      this.#shadows.set(id, shadow);
      shadow.start();
    }
  }

  /** Those that go no further. */
  halted(): readonly HaltedBuild[] {
    return [...this.#shadows].flatMap(([build, { halted: error }]) => (error === undefined ? [] : [{ build, error }]));
  }

  /** Something is asked for that is done between batches. */
  wake(): void {
    for (const shadow of this.#shadows.values()) shadow.wake();
  }

  /** Ends all of them. */
  stop(): void {
    for (const [id, shadow] of this.#shadows) this.#end(id, shadow);
  }

  /** Resolves when nothing of those that were ended is under way. */
  async ended(): Promise<void> {
    await Promise.all(this.#ending);
  }

  async plan(run: Run): Promise<readonly PlannedBatch[]> {
    const planned: PlannedBatch[] = [];
    for (const shadow of this.#shadows.values()) {
      const one = await shadow.plan(run);
      if (one !== undefined) planned.push(one);
    }
    return planned;
  }

  leave(): void {
    for (const shadow of this.#shadows.values()) shadow.leave();
  }

  #end(id: string, shadow: ShadowBuild): void {
    this.#shadows.delete(id);
    const ended = shadow.stop().finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }
}
