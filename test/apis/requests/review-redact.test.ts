import { expect, test } from "bun:test";
import { redact } from "../../../src/runtime/redact";
import { hmac } from "../../domain/house";

const SECRET = "s3cr3t-Value_9";

test.each([
  ..."token accessToken refresh_token X-Plex-Token tokens secret clientSecret JWT_SECRET password passwd userPassword".split(
    " ",
  ),
  ..."passphrase authorization Proxy-Authorization cookie set-cookie Cookies apiKey api_key API-KEY x-api-key".split(
    " ",
  ),
  ..."accessKey privateKey credentials bearer jwt sessionId pwd sid".split(" "),
])("what stands under the name %s is never shown, however it is listed", (name) => {
  const shapes = [
    { [name]: SECRET },
    { [name]: { value: SECRET } },
    { [name]: [SECRET] },
    { a: { b: [{ c: { [name]: SECRET } }] } },
    { headers: [name, SECRET] },
    { headers: [[name, SECRET]] },
    { headers: [{ name, value: SECRET }] },
    { text: `?page=1&${name}=${SECRET}` },
  ];
  expect(shapes.filter((shape) => JSON.stringify(redact(shape)).includes(SECRET))).toEqual([]);
});

test.each([
  ["a JWT", () => `token is ${hmac({ sub: SECRET })}.`],
  ["a JWT that is cut", () => `got ${hmac({ sub: "u", secret: SECRET }).slice(0, -20)}`],
  ["Bearer", () => `Authorization: Bearer ${SECRET}`],
  ["bearer in the middle", () => `it sent "bearer ${SECRET}" again`],
  ["a query", () => `GET http://plex:32400/identity?X-Plex-Token=${SECRET}`],
  ["an escaped query", () => `next=%2Fa%3Fapi_key%3D${SECRET}`],
  ["a password in a URL", () => `http://admin:${SECRET}@sonarr:8989/ping`],
  ["JSON", () => JSON.stringify({ user: "a", password: SECRET })],
  ["JSON in JSON", () => JSON.stringify({ body: JSON.stringify({ accessToken: SECRET }) })],
  ["a header", () => `Cookie: auth-token=${SECRET}; theme=dark; other=${SECRET}`],
  ["a name and a colon", () => `password: ${SECRET} is wrong`],
  ["a quoted value", () => `password="${SECRET}" is wrong`],
])("%s is taken out of a text", (_what, text) => {
  expect(JSON.stringify(redact(text()))).not.toContain(SECRET);
});

test("no text takes long", () => {
  const begun = performance.now();
  for (const part of [
    "token",
    "a",
    "ey",
    "eyJ",
    "hk_",
    "//",
    "bearer ",
    '"\\',
    "%3D",
    "cookie:",
    "token=",
    " ",
    '"token',
    "a.b=",
  ]) {
    redact(part.repeat(60_000 / part.length));
  }
  expect(performance.now() - begun).toBeLessThan(1_500);
});
