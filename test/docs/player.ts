import { type OperationDefinitionNode, Kind, OperationTypeNode, parse } from "graphql";
import { expect, vi } from "vitest";
import { type GraphQLAnswer, graphql } from "../support/graphql-client.ts";
import type { Block } from "./blocks.ts";
import type { Checkout } from "./checkout.ts";
import { EventStream } from "./event-stream.ts";
import { expectJson } from "./like.ts";
import type { Program } from "./program.ts";

const PATIENCE = { timeout: 15_000, interval: 50 };

/** Blocks that show what the block before them gives. */
const OUTPUT = new Set(["json", "text"]);

/** Commands that other tests hold to the code: they install, need a Docker engine, or run what never ends. */
const ELSEWHERE = /^(npm (ci|start|test)|npm run (demo|stack|bench|codegen)|docker |KAFKA_BROKERS=)/;

/** Commands that go on until they are ended. */
const ENDLESS = /curl -s?N|eventql watch (?!.*--limit)|eventql tail (?!.*(--limit|--no-follow))/;

/** Commands that do something, so that they must not be repeated. */
const ACTS = /mutation|produce|register|rebuild/;

/** Where a page is played: a gateway, and a folder to run programs in. */
type Place = Pick<Checkout, "url" | "bash" | "node">;

/**
 * Does what a page shows, in its order, and compares what comes of it:
 *
 * - `sh` runs in a shell, `js` as a module; a block `json` or `text` right after it is its whole output. What goes
 *   on for ever stays: an output that stands after another output is the next that the newest of these prints.
 * - `graphql` is sent to the gateway; a block `json` after it is the answer's data, or the next result of the
 *   subscription, whichever has that field; the next subscription ends it. The variable `after` is the last cursor.
 * - `…` stands for what differs from run to run. What can be repeated is, until it shows what it should.
 */
export class Player {
  readonly #checkout: Place;
  readonly #endless: Program[] = [];
  #stream: EventStream | undefined;
  #answer: GraphQLAnswer["data"];
  #cursor: string | undefined;

  constructor(checkout: Place) {
    this.#checkout = checkout;
  }

  /** Does a block; `next` is the one after it. @throws where something else comes of it than the page shows. */
  async play(block: Block, next: Block | undefined): Promise<void> {
    const output = next !== undefined && OUTPUT.has(next.language) ? next : undefined;
    if (block.language === "sh" && !ELSEWHERE.test(block.text)) await this.#shell(block, output);
    if (block.language === "js") this.#endless.push(this.#checkout.node(block.text));
    if (block.language === "graphql") await this.#graphql(block, output);
  }

  /** Compares a block of output that doesn't belong to the block before it alone. */
  async compareLater(block: Block): Promise<void> {
    if (block.language === "json") await this.#result(block);
    else await vi.waitFor(() => this.#newest().expectNext(block), PATIENCE);
  }

  /** Whether an output is compared by {@link compareLater}. */
  isLater(output: Block, before: Block | undefined): boolean {
    if (!OUTPUT.has(output.language)) return false;
    if (before?.language === "graphql" || before?.language === "js") return true;
    if (before?.language === "sh") return ENDLESS.test(before.text);
    return before !== undefined && OUTPUT.has(before.language);
  }

  close(): void {
    this.#stream?.close();
  }

  async #shell({ text }: Block, output: Block | undefined): Promise<void> {
    if (ENDLESS.test(text)) {
      this.#endless.push(this.#checkout.bash(text));
      return;
    }
    const run = async (): Promise<void> => {
      const program = this.#checkout.bash(text);
      const ending = await program.ending();
      if (output === undefined) expect(ending, program.output).toBe(0);
      else program.expectAll(output);
    };
    if (ACTS.test(text) || output === undefined) await run();
    else await vi.waitFor(run, PATIENCE);
  }

  async #graphql({ text }: Block, output: Block | undefined): Promise<void> {
    const operation = parse(text).definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION);
    if (operation?.operation === OperationTypeNode.SUBSCRIPTION) {
      const variables = declares(operation, "after") ? { after: this.#cursor } : {};
      this.#stream?.close();
      this.#stream = await EventStream.open(this.#checkout.url, text, variables);
      return;
    }
    const isQuery = operation?.operation === OperationTypeNode.QUERY;
    const run = async (): Promise<void> => {
      const { data, errors } = await graphql(this.#checkout.url, text);
      expect(errors).toBeUndefined();
      if (isQuery && output !== undefined) expectJson(data, output.text);
      this.#answer = data;
    };
    if (isQuery) await vi.waitFor(run, PATIENCE);
    else await run();
  }

  async #result(block: Block): Promise<void> {
    const [field = ""] = Object.keys(JSON.parse(block.text));
    if (this.#answer !== undefined && this.#answer !== null && Object.hasOwn(this.#answer, field)) {
      return expectJson(this.#answer, block.text);
    }
    await vi.waitFor(() => {
      this.#cursor = this.#stream?.expectNext(block) ?? this.#cursor;
    }, PATIENCE);
  }

  #newest(): Program {
    const newest = this.#endless.at(-1);
    if (newest === undefined) throw new RangeError("nothing runs that could print this");
    return newest;
  }
}

function declares({ variableDefinitions }: OperationDefinitionNode, name: string): boolean {
  return (variableDefinitions ?? []).some(({ variable }) => variable.name.value === name);
}
