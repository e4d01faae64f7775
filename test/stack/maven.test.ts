import { expect, it } from "vitest";
import { pomOf } from "../../stack/maven.ts";

it("writes a project that depends on each artifact", () => {
  const pom = pomOf([
    { group: "org.example", name: "one", version: "1.0" },
    { group: "org.example", name: "two", version: "2.0" },
  ]);
  expect(pom).toContain("<groupId>org.example</groupId><artifactId>one</artifactId><version>1.0</version>");
  expect(pom).toContain("<groupId>org.example</groupId><artifactId>two</artifactId><version>2.0</version>");
  expect(pom.trimEnd().endsWith("</project>")).toBe(true);
});
