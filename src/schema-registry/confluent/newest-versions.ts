import pMap from "p-map";
import * as z from "zod";
import type { NewestVersion } from "../revision.ts";
import { type Connection, MAX_SOCKETS } from "./connection.ts";
import { isNotFound, restFailure } from "./failures.ts";

/** Schemas that one answer of the list may have, and how many such answers are read at the most. */
const PAGE = 1_000;
const MAX_PAGES = 100;

const newestVersion = z.object({ subject: z.string(), version: z.number(), id: z.number() });

/**
 * The newest version of every subject. Confluent's registries list them, in one answer
 * (https://docs.confluent.io/platform/current/schema-registry/develop/api.html#get--schemas). Others, such as Apicurio,
 * have no such list: there each subject is asked, some at once.
 */
export class NewestVersions {
  readonly #connection: Connection;
  #isListed = true;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async read(): Promise<readonly NewestVersion[]> {
    return (this.#isListed ? await this.#list() : undefined) ?? (await this.#askEach());
  }

  /** Undefined where the registry has no list, or not for this user. */
  async #list(): Promise<readonly NewestVersion[] | undefined> {
    const listed: NewestVersion[] = [];
    try {
      for (let page = 0; page < MAX_PAGES; page += 1) {
        const path = `/schemas?latestOnly=true&offset=${page * PAGE}&limit=${PAGE}`;
        const found = z.array(newestVersion).parse(await this.#connection.get(path));
        listed.push(...found);
        if (found.length !== PAGE) break;
      }
      return listed;
    } catch (error) {
      if (![403, 404, 405].includes(restFailure(error)?.status ?? 0)) throw error;
      this.#isListed = false;
      return undefined;
    }
  }

  async #askEach(): Promise<readonly NewestVersion[]> {
    const subjects = z.array(z.string()).parse(await this.#connection.get("/subjects"));
    const found = await pMap(subjects, async (subject) => await this.#newestOf(subject), { concurrency: MAX_SOCKETS });
    return found.flat();
  }

  async #newestOf(subject: string): Promise<readonly NewestVersion[]> {
    try {
      return [
        newestVersion.parse(await this.#connection.get(`/subjects/${encodeURIComponent(subject)}/versions/latest`)),
      ];
    } catch (error) {
      // Deleted since the subjects were listed.
      if (isNotFound(error)) return [];
      throw error;
    }
  }
}
