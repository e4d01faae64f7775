import QuickLRU from "quick-lru";
import type { Outcome } from "../../model/command.ts";

/** How long, and for how many commands, a repeated one is known. */
export interface Window {
  /** Default: 7 days. */
  readonly ms: number;
  /** Of a partition. Default 250,000. */
  readonly commands: number;
}

const DAY_MS = 86_400_000;

/** As DESIGN has it. */
export const DEFAULT_WINDOW: Window = { ms: 7 * DAY_MS, commands: 250_000 };

/** Outcomes that are held: clients repeat a command soon, or never. */
const RECENT = 5_000;

/** Which commands of a partition were decided, and where their outcomes are. An entry takes some 100 bytes. */
export class SeenCommands {
  readonly #window: Window;
  /** The offset of the outcome by the command's id, the oldest first. */
  readonly #offsets = new Map<string, number>();
  readonly #recent: QuickLRU<string, Outcome> = new QuickLRU({ maxSize: RECENT });

  constructor(window: Window) {
    this.#window = window;
  }

  /** How many there are. */
  get size(): number {
    return this.#offsets.size;
  }

  /** A command was decided, or told of again: the newest record of its outcome is kept for the longest. */
  add(commandId: string, offset: number, outcome?: Outcome): void {
    if (outcome !== undefined) this.#recent.set(commandId, outcome);
    this.#offsets.delete(commandId);
    this.#offsets.set(commandId, offset);
    if (this.#offsets.size <= this.#window.commands) return;
    const [oldest] = this.#offsets.keys();
    if (oldest !== undefined) this.#offsets.delete(oldest);
  }

  /** Keeps an outcome that was read again. */
  hold(outcome: Outcome): void {
    this.#recent.set(outcome.commandId, outcome);
  }

  /** Where the outcome of a command is; undefined: it was not decided, as far as the window reaches. */
  offsetOf(commandId: string): number | undefined {
    return this.#offsets.get(commandId);
  }

  /** The outcome of a command, where it is held and still counts. */
  outcomeOf(commandId: string, now: number): Outcome | undefined {
    if (!this.#offsets.has(commandId)) return undefined;
    const outcome = this.#recent.get(commandId);
    return outcome !== undefined && this.counts(outcome, now) ? outcome : undefined;
  }

  /** Whether a repetition of this outcome's command is one still. */
  counts({ decidedAt }: Pick<Outcome, "decidedAt">, now: number): boolean {
    return now - decidedAt <= this.#window.ms;
  }
}
