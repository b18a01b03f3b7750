import { expect, test } from "bun:test";
import { readConfig } from "../../src/config";
import { corsHeaders } from "../../src/http/origin";
import { peerOf } from "../../src/http/peer";

const request = (headers: Record<string, string>, method = "GET") =>
  new Request("http://media.example:4000/x", { method, headers: { host: "media.example:4000", ...headers } });

function asked(headers: Record<string, string>, policy: "any" | "listed", listed?: readonly string[], hops = 0) {
  const given = request(headers);
  return corsHeaders(given, peerOf(given, "10.0.0.1", hops), policy, listed);
}

/** The default, and a list as an operator sets it. */
const ANY_LOCAL = undefined;
const GOOD = ["https://good.com", "https://app.example:8443"];

test.each<[origin: string, listed: readonly string[] | undefined, isAllowed: boolean]>([
  // Without a list: this machine, on any port.
  ["http://localhost", ANY_LOCAL, true],
  ["http://localhost:5173", ANY_LOCAL, true],
  ["https://localhost:5173", ANY_LOCAL, true],
  ["http://127.0.0.1:3000", ANY_LOCAL, true],
  ["http://LOCALHOST:5173", ANY_LOCAL, true],
  ["https://good.com", ANY_LOCAL, false],
  ["http://localhost.evil.example", ANY_LOCAL, false],
  ["http://evil.example/localhost", ANY_LOCAL, false],
  ["http://localhost@evil.example", ANY_LOCAL, false],
  ["http://127.0.0.1.evil.example", ANY_LOCAL, false],
  ["http://sub.localhost", ANY_LOCAL, false],
  ["http://128.0.0.1", ANY_LOCAL, false],

  // With one: exactly those on it.
  ["https://good.com", GOOD, true],
  ["https://GOOD.com", GOOD, true],
  ["HTTPS://GOOD.COM", GOOD, true],
  ["https://app.example:8443", GOOD, true],
  ["http://good.com", GOOD, false],
  ["https://good.com:8443", GOOD, false],
  ["https://app.example", GOOD, false],
  ["https://evil.com", GOOD, false],
  ["https://sub.good.com", GOOD, false],
  ["https://good.com.evil.com", GOOD, false],
  ["https://evilgood.com", GOOD, false],
  ["https://good.com.", GOOD, false],
  ["https://good.com@evil.com", GOOD, false],
  ["https://good.com/", GOOD, false],
  ["https://good.com, https://evil.com", GOOD, false],
  ["https://good.com https://evil.com", GOOD, false],
  ["http://localhost:5173", GOOD, false],

  // The server's own, by the Host that was asked for.
  ["http://media.example:4000", ANY_LOCAL, true],
  ["http://media.example:4000", GOOD, true],
  ["http://MEDIA.example:4000", GOOD, true],
  ["http://media.example", GOOD, false],
  ["http://media.example:4001", GOOD, false],
  ["http://sub.media.example:4000", GOOD, false],

  // Nobody's.
  ["null", ANY_LOCAL, false],
  ["null", GOOD, false],
  ["NULL", GOOD, false],
  ["*", GOOD, false],
  ["", GOOD, false],
  ["file://", ANY_LOCAL, false],
  ["file://localhost", ANY_LOCAL, false],
  ["chrome-extension://abcdef", GOOD, false],
  ["good.com", GOOD, false],
  ["//good.com", GOOD, false],
  ["javascript:alert(1)", GOOD, false],
])("the origin %p, with %j listed, is allowed: %p", (origin, listed, isAllowed) => {
  const strict = asked({ origin }, "listed", listed);
  const open = asked({ origin }, "any", listed);
  if (isAllowed) {
    const headers = {
      "access-control-allow-origin": origin,
      "access-control-allow-credentials": "true",
      "access-control-expose-headers": "Retry-After",
      vary: "Origin",
    };
    expect([strict, open]).toEqual([headers, headers]);
  } else {
    expect(strict).toBeUndefined();
    expect(open).toMatchObject({ "access-control-allow-origin": "*", vary: "Origin" });
    expect(open).not.toHaveProperty("access-control-allow-credentials");
  }
});

test("an origin that is listed is allowed, however the operator has written it", () => {
  const settings = ["https://App.Example.com", "https://good.com:443", "http://plain.example:80"];
  const { corsOrigins } = readConfig({ HEADEND_CORS_ORIGINS: settings.join(",") });
  // As browsers write them: in lower case, without a port that is the usual one.
  for (const origin of ["https://app.example.com", "https://good.com", "http://plain.example"]) {
    expect([origin, asked({ origin }, "listed", corsOrigins)]).toEqual([origin, expect.any(Object)]);
  }
  expect(asked({ origin: "https://good.com:80" }, "listed", corsOrigins)).toBeUndefined();
});

test("the server's own origin is what a trusted proxy says was asked for, and only a trusted one", () => {
  const headers = { origin: "https://live.example", "x-forwarded-host": "live.example" };
  expect(asked(headers, "listed", GOOD, 1)).toBeDefined();
  expect(asked(headers, "listed", GOOD, 0)).toBeUndefined();
  // The host that the proxy itself asks for is the server's as well: who asks there needs no proxy.
  expect(asked({ ...headers, origin: "http://media.example:4000" }, "listed", GOOD, 1)).toBeDefined();
  expect(asked({ ...headers, origin: "http://media.example:4001" }, "listed", GOOD, 1)).toBeUndefined();
  expect(
    asked({ origin: "https://live.example", "x-forwarded-host": "live.example:443" }, "listed", GOOD, 1),
  ).toBeDefined();
  expect(
    asked({ origin: "http://live.example", "x-forwarded-host": "live.example:443" }, "listed", GOOD, 1),
  ).toBeUndefined();
  for (const host of ["", "@live.example", "x@", "/", "live.example@evil.com"]) {
    expect(asked({ origin: "https://evil.example", "x-forwarded-host": host }, "listed", GOOD, 1)).toBeUndefined();
  }
  // What a client wrote before the proxy's own word is not believed.
  expect(asked({ ...headers, "x-forwarded-host": "live.example, other.example" }, "listed", GOOD, 1)).toBeUndefined();
});

test("without an origin there is nothing to say, whoever may come", () => {
  for (const policy of ["any", "listed"] as const) {
    for (const listed of [ANY_LOCAL, GOOD]) expect(asked({}, policy, listed)).toEqual({});
  }
});

test.each(["any", "listed"] as const)("a preflight is told the methods and the headers it asked for: %s", (policy) => {
  const preflight = (origin: string, headers: Record<string, string>) => {
    const given = request({ origin, "access-control-request-method": "PUT", ...headers }, "OPTIONS");
    return corsHeaders(given, peerOf(given, "10.0.0.1", 0), policy, GOOD);
  };
  expect(preflight("https://good.com", { "access-control-request-headers": "x-api-key" })).toEqual({
    "access-control-allow-origin": "https://good.com",
    "access-control-allow-credentials": "true",
    "access-control-allow-methods": "GET,POST,PUT,PATCH,DELETE",
    "access-control-allow-headers": "x-api-key",
    "access-control-max-age": "600",
    vary: "Origin",
  });
  expect(preflight("https://good.com", {})).toMatchObject({
    "access-control-allow-headers": "authorization,content-type",
  });
  const evil = preflight("https://evil.com", { "access-control-request-headers": "x-api-key" });
  if (policy === "listed") expect(evil).toBeUndefined();
  else expect(evil).not.toHaveProperty("access-control-allow-credentials");
});
