/** How long is waited, in ms of listening. */
export interface MemberTimes {
  /** Who was not heard of for so long is gone. */
  readonly silentMs: number;
  /** Before that it is not known who is there. */
  readonly settleMs: number;
}

/** A sign of life of a member, or its last one. */
export interface MemberSign {
  readonly member: string;
  readonly left: boolean;
}

/**
 * Who is there, by when each was heard of last.
 *
 * Time is time of listening: it does not pass while this process was stopped, or could not read. So nobody is taken to be
 * gone because of what ails this process alone.
 */
export class MemberList {
  readonly #self: string;
  readonly #times: MemberTimes;
  /** When each was heard of last. */
  readonly #heard = new Map<string, number>();
  /** Those who said goodbye, and when: a sign of life that comes in after it was on its way before. */
  readonly #left = new Map<string, number>();
  #now = 0;
  #told: string | undefined;

  constructor(self: string, times: MemberTimes) {
    this.#self = self;
    this.#times = times;
  }

  /**
   * So many ms were listened, and these signs came in.
   * @returns the members, sorted, where that is known and has changed since the last time
   */
  listened(ms: number, signs: readonly MemberSign[]): readonly string[] | undefined {
    this.#now += ms;
    for (const sign of signs) this.#take(sign);
    this.#forget();
    if (this.#now < this.#times.settleMs) return undefined;
    const members = [this.#self, ...this.#heard.keys()].sort();
    const now = members.join("\n");
    if (now === this.#told) return undefined;
    this.#told = now;
    return members;
  }

  #take({ member, left }: MemberSign): void {
    if (left) {
      this.#left.set(member, this.#now);
      this.#heard.delete(member);
    } else if (member !== this.#self && !this.#left.has(member)) this.#heard.set(member, this.#now);
  }

  #forget(): void {
    const { silentMs } = this.#times;
    for (const [member, at] of this.#heard) if (this.#now - at >= silentMs) this.#heard.delete(member);
    for (const [member, at] of this.#left) if (this.#now - at >= 2 * silentMs) this.#left.delete(member);
  }
}
