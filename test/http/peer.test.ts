import { expect, test } from "bun:test";
import { corsHeaders } from "../../src/http/origin";
import { isUntrustedProxy, peerOf } from "../../src/http/peer";

const request = (headers: Record<string, string>, method = "GET") =>
  new Request("http://media.example/x", { method, headers });

test.each([
  [0, "203.0.113.9", {}, "203.0.113.9"],
  [0, "::ffff:203.0.113.9", {}, "203.0.113.9"],
  [0, "203.0.113.9", { "x-forwarded-for": "10.1.1.1" }, "203.0.113.9"],
  [1, "10.0.0.1", { "x-forwarded-for": "198.51.100.7" }, "198.51.100.7"],
  [1, "10.0.0.1", { "x-forwarded-for": "1.2.3.4, 198.51.100.7" }, "198.51.100.7"],
  [2, "10.0.0.1", { "x-forwarded-for": "1.2.3.4, 198.51.100.7, 10.0.0.2" }, "198.51.100.7"],
  [2, "10.0.0.1", { "x-forwarded-for": "198.51.100.7" }, "198.51.100.7"],
  [1, "10.0.0.1", {}, "10.0.0.1"],
  [1, "10.0.0.1", { "x-forwarded-for": "unknown" }, "10.0.0.1"],
  [1, "10.0.0.1", { "x-forwarded-for": "198.51.100.7:4711" }, "198.51.100.7"],
  [1, "10.0.0.1", { "x-forwarded-for": "[2001:DB8::1]:4711" }, "2001:db8::1"],
  [1, "10.0.0.1", { "x-forwarded-for": "::ffff:198.51.100.7" }, "198.51.100.7"],
] as const)("with %d trusted hops, from %s with %j: %s", (hops, socket, headers, address) => {
  expect(peerOf(request(headers), socket, hops).address).toBe(address);
});

test("an IPv6 host is one network, whatever it makes of its last half", () => {
  const networks = ["2001:db8:1:2::1", "2001:0db8:1:2:ffff::9", "2001:db8:1:2:3:4:5:6"].map(
    (ip) => peerOf(request({}), ip, 0).network,
  );
  expect(new Set(networks)).toEqual(new Set(["2001:db8:1:2::/64"]));
  expect(peerOf(request({}), "2001:db8:1:3::1", 0).network).toBe("2001:db8:1:3::/64");
  expect(peerOf(request({}), "::1", 0).network).toBe("0:0:0:0::/64");
});

test("TLS and the host are believed of a trusted proxy only", () => {
  const headers = { "x-forwarded-proto": "https", "x-forwarded-host": "live.example", host: "inside:8080" };
  expect(peerOf(request(headers), "10.0.0.1", 0)).toMatchObject({ secure: false, host: "inside:8080" });
  expect(peerOf(request(headers), "10.0.0.1", 1)).toMatchObject({ secure: true, host: "live.example" });
});

test("a private peer that speaks for others without being trusted is worth a warning", () => {
  const proxied = request({ "x-forwarded-for": "198.51.100.7" });
  expect(
    ["127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "fd00::1", "::1"].map((ip) =>
      isUntrustedProxy(proxied, ip, 0),
    ),
  ).not.toContain(false);
  expect(isUntrustedProxy(proxied, "198.51.100.9", 0)).toBe(false);
  expect(isUntrustedProxy(proxied, "10.0.0.1", 1)).toBe(false);
  expect(isUntrustedProxy(request({}), "10.0.0.1", 0)).toBe(false);
});

const PEER = { address: "198.51.100.7", network: "198.51.100.7", secure: false, host: "media.example:4000" };

test.each([
  ["http://localhost:5173", undefined, true],
  ["http://127.0.0.1:3000", undefined, true],
  ["https://app.example", undefined, false],
  ["http://media.example:4000", undefined, true],
  ["http://media.example", undefined, false],
  ["http://localhost.evil.example", undefined, false],
  ["null", undefined, false],
  ["file://", undefined, false],
  ["https://app.example", ["https://app.example"], true],
  ["https://APP.example", ["https://app.example"], true],
  ["https://app.example:8443", ["https://app.example"], false],
  ["https://sub.app.example", ["https://app.example"], false],
  ["https://app.example.evil.example", ["https://app.example"], false],
  ["http://app.example", ["https://app.example"], false],
  ["http://localhost:5173", ["https://app.example"], false],
  ["http://media.example:4000", ["https://app.example"], true],
] as const)("the origin %s, listed %j: allowed is %p", (origin, listed, isAllowed) => {
  const strict = corsHeaders(request({ origin }), PEER, "listed", listed);
  const open = corsHeaders(request({ origin }), PEER, "any", listed);
  if (isAllowed) {
    expect(strict).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-credentials": "true",
      vary: "Origin",
    });
    expect(open).toEqual(strict);
  } else {
    expect(strict).toBeUndefined();
    expect(open).toMatchObject({ "access-control-allow-origin": "*" });
    expect(open).not.toHaveProperty("access-control-allow-credentials");
  }
});

test("without an origin there is nothing to say; a preflight is told the methods", () => {
  expect(corsHeaders(request({}), PEER, "listed", undefined)).toEqual({});
  const preflight = request(
    {
      origin: "http://localhost:1",
      "access-control-request-method": "PUT",
      "access-control-request-headers": "x-api-key",
    },
    "OPTIONS",
  );
  expect(corsHeaders(preflight, PEER, "listed", undefined)).toMatchObject({
    "access-control-allow-methods": "GET,POST,PUT,PATCH,DELETE",
    "access-control-allow-headers": "x-api-key",
  });
});
