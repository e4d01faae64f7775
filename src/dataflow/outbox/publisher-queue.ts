import type { Chunk, ChunkPlace } from "./outbox.ts";

/** How many bytes of outputs wait at the most, before more are folded. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

/** How many bytes of outputs are published in one transaction, or one chunk that has more. */
const GROUP_BYTES = 4 * 1024 * 1024;

/** The outputs of one partition that wait to be published: first what is stored alone, then what is also at hand. */
export class PublisherQueue {
  #chunks: Chunk[] = [];
  /** Of all that was added, and isn't published. */
  #bytes = 0;
  #stored: ChunkPlace = { next: 0, late: 0 };
  #decided: number | undefined;
  #late = 0;

  /** Whether folding goes on. */
  get hasRoom(): boolean {
    return this.#bytes <= MAX_WAITING_BYTES;
  }

  /** Whether nothing is at hand. */
  get isEmpty(): boolean {
    return this.#chunks.length === 0;
  }

  /**
   * Up to where outputs are to be read from the outbox, before anything that is at hand: another object where they are to
   * be read anew.
   */
  get stored(): ChunkPlace {
    return this.#stored;
  }

  /** Up to where outputs are decided. */
  get decided(): number {
    return this.#decided ?? 0;
  }

  /** Outputs are decided up to here, as the read model has it: what isn't at hand of them is in the outbox. */
  begin({ next, late }: ChunkPlace): void {
    if (next === this.#decided && late === this.#late) return;
    this.#decided = next;
    this.#late = late;
    this.restart();
  }

  /** The outputs of events from `from` on, before `next`, are stored. */
  add(chunk: Chunk | undefined, from: number, next: number): void {
    this.#bytes += chunk?.bytes ?? 0;
    if (from !== this.#decided) return this.begin({ next, late: this.#late });
    this.#decided = next;
    if (chunk !== undefined) this.#chunks.push(chunk);
  }

  /** Outputs of events that had been set aside are stored. */
  addLate(chunk: Chunk): void {
    this.#bytes += chunk.bytes;
    if (chunk.late !== this.#late + 1) return this.begin({ next: this.decided, late: chunk.late });
    this.#late = chunk.late;
    this.#chunks.push(chunk);
  }

  /** Takes what is published together next out of it; none: nothing is at hand. */
  take(): readonly Chunk[] {
    const group = groupOf(this.#chunks);
    this.#chunks = this.#chunks.slice(group.length);
    return group;
  }

  /** Chunks are published: there is room for others. */
  published(group: readonly Chunk[]): void {
    this.#bytes = Math.max(0, this.#bytes - group.reduce((sum, { bytes }) => sum + bytes, 0));
  }

  /** What was taken may not be published: all that isn't is read from the outbox. */
  restart(): void {
    this.#chunks = [];
    this.#stored = { next: this.decided, late: this.#late };
  }
}

/** The first ones of chunks that go together: one at least, and late ones alone. */
export function groupOf(chunks: readonly Chunk[]): readonly Chunk[] {
  let bytes = 0;
  const isLate = chunks[0] !== undefined && chunks[0].late > 0;
  const end = chunks.findIndex((chunk, index) => {
    bytes += chunk.bytes;
    return index > 0 && (isLate || chunk.late > 0 || bytes > GROUP_BYTES);
  });
  return end < 0 ? chunks : chunks.slice(0, end);
}
