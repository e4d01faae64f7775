import { afterAll, beforeAll, describe } from "vitest";
import { attackSuite } from "./doors/attack-suite.ts";
import { expirySuite } from "./doors/expiry-suite.ts";
import { type House, openHouse } from "./doors/house.ts";
import { mutationSuite } from "./doors/mutation-suite.ts";
import { querySuite } from "./doors/query-suite.ts";
import { requiredSuite } from "./doors/required-suite.ts";
import { routeSuite } from "./doors/route-suite.ts";
import { schemaSuite } from "./doors/schema-suite.ts";
import { streamSuite } from "./doors/stream-suite.ts";
import type { E2EStack } from "./stacks/stack.ts";

/** Every way into a gateway, tried by every kind of caller: the same on every stack. */
export function doors(name: string, open: (folder: string) => Promise<E2EStack>): void {
  describe(`every door with every role on the ${name} stack`, () => {
    let houses: readonly House[] = [];
    const at = (index: number) => (): House => {
      const house = houses[index];
      if (house === undefined) throw new RangeError("the gateway did not start");
      return house;
    };
    const house = at(0);

    beforeAll(async () => {
      const opening = [openHouse(open), openHouse(open, { required: true })];
      const settled = await Promise.allSettled(opening);
      // Where one can't start, the other is closed all the same.
      houses = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      await Promise.all(opening);
    });

    afterAll(async () => {
      await Promise.all(houses.map(async (one) => await one.close()));
    });

    schemaSuite(house);
    querySuite(house);
    streamSuite(house);
    mutationSuite(house);
    expirySuite(house);
    attackSuite(house);
    routeSuite(house);
    requiredSuite(at(1));
  });
}
