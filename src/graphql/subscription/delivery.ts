import type { GraphQLError } from "graphql";
import type { EventQLError } from "../../errors.ts";
import type { Feed } from "../../feed/feed.ts";
import type { MaskError } from "../errors.ts";
import type { Consumer } from "../../feed/item-queue.ts";
import type { OperationSink } from "./live-operation.ts";
import type { SharedOperation } from "./shared-operations.ts";
import type { Item, SubscriptionStream } from "./stream.ts";

/** Items whose results may be awaited at a time. */
const MAX_PENDING = 1_000;

/** An item whose result is awaited, or stands behind one that is. */
interface Pending {
  readonly item: Item;
  result: string | undefined;
}

/** Makes results of a subscription's items, and hands them to its sink in the items' order. */
export class Delivery implements Consumer<Item> {
  readonly #stream: SubscriptionStream<Item>;
  readonly #operation: SharedOperation;
  readonly #sink: OperationSink;
  readonly #maskError: MaskError;
  #pending: Pending[] = [];
  #settled: PromiseWithResolvers<void> | undefined;
  #failure: EventQLError | undefined;
  /** Nothing more comes than what is awaited. */
  #isEnding = false;
  #isOver = false;

  constructor(stream: SubscriptionStream<Item>, operation: SharedOperation, sink: OperationSink, maskError: MaskError) {
    this.#stream = stream;
    this.#operation = operation;
    this.#sink = sink;
    this.#maskError = maskError;
  }

  /** Takes the stream's items from now on. */
  start(): Feed {
    this.#stream.deliverTo(this);
    return {
      close: () => {
        this.#stream.close();
        this.#finish();
      },
    };
  }

  next(item: Item): void {
    if (this.#isOver) return;
    const result = this.#operation.resultOf(item);
    if (typeof result === "string" && this.#pending.length === 0) this.#hand(item, result);
    else this.#await(item, result);
  }

  hasRoom(): boolean {
    return this.#pending.length < MAX_PENDING && this.#sink.hasRoom();
  }

  async room(): Promise<void> {
    if (this.#pending.length >= MAX_PENDING) {
      this.#settled ??= Promise.withResolvers();
      await this.#settled.promise;
    }
    await this.#sink.room();
  }

  end(error: EventQLError | undefined, atOnce: boolean): void {
    this.#failure = error;
    this.#isEnding = true;
    if (atOnce) this.#pending = [];
    this.#passOn();
  }

  #hand(item: Item, result: string): void {
    if (this.#isOver) return;
    this.#sink.next(result);
    this.#stream.delivered(item);
  }

  #await(item: Item, result: string | Promise<string>): void {
    if (typeof result === "string") {
      this.#pending.push({ item, result });
      return;
    }
    const pending: Pending = { item, result: undefined };
    this.#pending.push(pending);
    void this.#fill(pending, result);
  }

  async #fill(pending: Pending, result: Promise<string>): Promise<void> {
    pending.result = await result;
    this.#passOn();
  }

  /** Hands over what is there, as far as nothing before it is awaited. */
  #passOn(): void {
    if (this.#isOver) return;
    const waiting = this.#pending.findIndex(({ result }) => result === undefined);
    const ready = this.#pending.splice(0, waiting < 0 ? this.#pending.length : waiting);
    for (const { item, result } of ready) if (result !== undefined) this.#hand(item, result);
    if (this.#pending.length < MAX_PENDING) this.#tellRoom();
    if (!this.#isEnding || this.#pending.length > 0) return;
    const errors: readonly GraphQLError[] = this.#failure === undefined ? [] : [this.#maskError(this.#failure)];
    this.#finish();
    this.#sink.end(errors);
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#pending = [];
    this.#operation.leave();
    this.#tellRoom();
  }

  #tellRoom(): void {
    this.#settled?.resolve();
    this.#settled = undefined;
  }
}
