import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import fc from "fast-check";
import { GraphQLInputObjectType, coerceInputValue } from "graphql";
import { expect, it } from "vitest";
import { buildValidSchema } from "../../src/graphql/build-valid-schema.ts";
import { defaultLimits } from "../../src/graphql/services.ts";
import { parseLocalDateTime } from "../../src/graphql/types/temporal.ts";
import { withoutPrototypes } from "../../src/graphql/without-prototypes.ts";
import { type Misfit, isObject, jsonReader } from "../../src/rest/json-input.ts";
import { schemaComponents } from "../../src/rest/json-schema.ts";
import { aggregate, catalogOf, eventType, record } from "../graphql/sketch.ts";
import { anyFields, jsonFor } from "./any-json.ts";

type Fields = Parameters<typeof jsonFor>[0];

// What every object inherits is none of its properties.
const ajv = new Ajv2020({ allowUnionTypes: true, strictRequired: false, ownProperties: true });
addFormats.default(ajv);
ajv.addVocabulary(["components"]);
ajv.addFormat("decimal", true);
ajv.addFormat("time-local", true);
ajv.addFormat("date-time-local", (text) => parseLocalDateTime(text) !== undefined);

function validatorOf(fields: Fields): (json: unknown) => boolean {
  const schemas = schemaComponents();
  const schema = schemas.inputObject(fields, undefined);
  return ajv.compile({ ...schema, components: { schemas: schemas.all() } });
}

function misfitsOf(fields: Fields, json: unknown): readonly Misfit[] {
  if (!isObject(json)) throw new TypeError("the test makes objects");
  const misfits: Misfit[] = [];
  jsonReader(true)(fields)(json, misfits);
  return misfits;
}

const fieldsWithJson = anyFields.chain((fields) =>
  fc.record({ fields: fc.constant(fields), jsons: fc.array(jsonFor(fields), { minLength: 5, maxLength: 5 }) }),
);

it("JSON Schema accepts exactly what a route reads", () => {
  let accepted = 0;
  let refused = 0;
  fc.assert(
    fc.property(fieldsWithJson, ({ fields, jsons }) => {
      const validate = validatorOf(fields);
      for (const json of jsons) {
        const misfits = misfitsOf(fields, json);
        const isValid = validate(json);
        if (isValid) accepted += 1;
        else refused += 1;
        expect({ isValid, misfits }).toEqual({ isValid: misfits.length === 0, misfits });
      }
    }),
    { numRuns: 150 },
  );
  expect(Math.min(accepted, refused)).toBeGreaterThan(50);
});

it("GraphQL takes what a route has read, whatever the types", () => {
  let taken = 0;
  fc.assert(
    fc.property(fieldsWithJson, ({ fields, jsons: [json] }) => {
      if (misfitsOf(fields, json).length > 0 || !isObject(json)) return;
      taken += 1;
      const type = eventType(record("x.Any", fields));
      const schema = buildValidSchema({
        catalog: catalogOf(aggregate("Any", { eventTypes: [type] })),
        limits: defaultLimits,
      });
      const input = schema.getType("AnyInput");
      if (!(input instanceof GraphQLInputObjectType)) throw new TypeError("there is no input");
      const variable = jsonReader(true)(fields)(json, []);
      withoutPrototypes(variable);
      const errors: string[] = [];
      coerceInputValue(variable, input, (path, _value, error) => errors.push(`${path.join(".")} ${error.message}`));
      expect(errors).toEqual([]);
    }),
    { numRuns: 400 },
  );
  expect(taken).toBeGreaterThan(50);
});
