import { expect, test } from "bun:test";
import fc from "fast-check";
import { isLoopback, isUntrustedProxy, peerOf } from "../../src/http/peer";

const request = (headers: Record<string, string> = {}, url = "http://media.example/x") => new Request(url, { headers });

const PROXY = "10.0.0.1";
const CLIENT = "198.51.100.7";

test.each<[hops: number, socket: string, forwarded: string | undefined, address: string]>([
  // Nobody is trusted: only the connection counts.
  [0, "203.0.113.9", undefined, "203.0.113.9"],
  [0, "203.0.113.9", CLIENT, "203.0.113.9"],
  [0, PROXY, `${CLIENT}, 10.0.0.2`, PROXY],
  [0, "::ffff:203.0.113.9", undefined, "203.0.113.9"],
  [0, "::FFFF:203.0.113.9", undefined, "203.0.113.9"],
  [0, "::ffff:cb00:7109", undefined, "203.0.113.9"],
  [0, "::FFFF:102:304", undefined, "1.2.3.4"],
  [0, "0:0:0:0:0:ffff:0102:0304", undefined, "1.2.3.4"],
  [0, "0000::FFFF:1.2.3.4", undefined, "1.2.3.4"],
  [0, "::ffff:0:0", undefined, "0.0.0.0"],
  [0, "::ffff:0:102:304", undefined, "::ffff:0:102:304"],
  [0, "::102:304", undefined, "::102:304"],
  [0, "fe80::1%eth0", undefined, "fe80::1%eth0"],
  [0, "2001:DB8::1", undefined, "2001:db8::1"],
  [0, "::1", undefined, "::1"],
  [0, "unknown", undefined, "unknown"],

  // One proxy: what it wrote itself stands last, whatever the client sent it.
  [1, PROXY, CLIENT, CLIENT],
  [1, PROXY, `1.2.3.4, ${CLIENT}`, CLIENT],
  [1, PROXY, `1.2.3.4, 5.6.7.8,${CLIENT}`, CLIENT],
  [1, PROXY, `127.0.0.1, ${PROXY}, ${CLIENT}`, CLIENT],
  [1, PROXY, `"><script>, ${CLIENT}`, CLIENT],
  [1, PROXY, `${",".repeat(1000)}${CLIENT}`, CLIENT],
  [1, PROXY, undefined, PROXY],

  // Two proxies: the outer one's word is the last but one.
  [2, PROXY, `${CLIENT}, 10.0.0.2`, CLIENT],
  [2, PROXY, `1.2.3.4, ${CLIENT}, 10.0.0.2`, CLIENT],
  [2, PROXY, `1.2.3.4, 5.6.7.8, ${CLIENT}, 10.0.0.2`, CLIENT],
  // The inner one sets the header anew.
  [2, PROXY, CLIENT, CLIENT],
  [2, PROXY, undefined, PROXY],

  // Forms of an address.
  [1, PROXY, `${CLIENT}:4711`, CLIENT],
  [1, PROXY, `::ffff:${CLIENT}`, CLIENT],
  [1, PROXY, `[::ffff:${CLIENT}]:4711`, CLIENT],
  [1, PROXY, "::ffff:c633:6407", CLIENT],
  [1, PROXY, "[::ffff:c633:6407]:4711", CLIENT],
  [1, PROXY, "2001:DB8::1", "2001:db8::1"],
  [1, PROXY, "[2001:db8::1]", "2001:db8::1"],
  [1, PROXY, "[2001:db8::1]:4711", "2001:db8::1"],
  [1, PROXY, `  ${CLIENT}  `, CLIENT],

  // What is no address counts as the proxy itself: no client can name a bucket of its own.
  [1, PROXY, "unknown", PROXY],
  [1, PROXY, "_hidden", PROXY],
  [1, PROXY, "", PROXY],
  [1, PROXY, `${CLIENT},`, PROXY],
  [1, PROXY, "198.51.100", PROXY],
  [1, PROXY, "198.51.100.256", PROXY],
  [1, PROXY, "0xc6336407", PROXY],
  [1, PROXY, "198.51.100.7 or 1=1", PROXY],
  [1, PROXY, "198.51.100.7:port", PROXY],
  [1, PROXY, "2001:db8::1::2", PROXY],
  [1, PROXY, "localhost", PROXY],
])("with %d trusted hops, from %s, forwarded for %p: %s", (hops, socket, forwarded, address) => {
  const headers = forwarded === undefined ? {} : { "x-forwarded-for": forwarded };
  expect(peerOf(request(headers), socket, hops).address).toBe(address);
});

test("whatever stands left of what the trusted proxies wrote changes nothing", () => {
  const anything = fc.oneof(fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[!-~]{0,20}$/), fc.constant(""));
  fc.assert(
    fc.property(fc.array(anything, { maxLength: 8 }), fc.integer({ min: 1, max: 3 }), (spoofed, hops) => {
      const real = [CLIENT, "10.0.0.3", "10.0.0.2"].slice(0, hops);
      const headers = { "x-forwarded-for": [...spoofed, ...real].join(", ") };
      expect(peerOf(request(headers), PROXY, hops)).toEqual(
        peerOf(request({ "x-forwarded-for": real.join(",") }), PROXY, hops),
      );
    }),
  );
});

/** Eight groups of an IPv6 address, written as one likes: zeros left out or not, in any case, `::` anywhere it may be. */
const written = fc
  .tuple(
    fc.array(fc.oneof(fc.constant(0), fc.nat(0xffff)), { minLength: 8, maxLength: 8, size: "max" }),
    fc.boolean(),
    fc.boolean(),
    fc.nat(7),
  )
  .map(([groups, isPadded, isUpper, from]) => {
    const texts = groups.map((group) => group.toString(16).padStart(isPadded ? 4 : 1, "0"));
    let until = from;
    while (until < 8 && groups[until] === 0) until++;
    const text = until > from ? `${texts.slice(0, from).join(":")}::${texts.slice(until).join(":")}` : texts.join(":");
    return { groups, text: isUpper ? text.toUpperCase() : text };
  });

test("an IPv6 host is one network, however its address is written and whatever it makes of the last half", () => {
  fc.assert(
    fc.property(written, ({ groups, text }) => {
      // Those of IPv4 are none of this.
      fc.pre(groups.slice(0, 5).some((group) => group !== 0));
      const network = `${groups
        .slice(0, 4)
        .map((group) => group.toString(16))
        .join(":")}::/64`;
      expect(peerOf(request(), text, 0).network).toBe(network);
      expect(peerOf(request({ "x-forwarded-for": `[${text}]:1` }), PROXY, 1).network).toBe(network);
    }),
    { numRuns: 500 },
  );
});

test("neighbours are not one network", () => {
  const network = (address: string) => peerOf(request(), address, 0).network;
  expect(network("2001:db8:1:2::1")).toBe(network("2001:0db8:0001:0002:ffff:ffff:ffff:ffff"));
  expect(network("2001:db8:1:3::1")).not.toBe(network("2001:db8:1:2::1"));
  expect(network("2001:db8:1::2:1")).not.toBe(network("2001:db8:1:2::1"));
  // An IPv4 address is a network of its own, in either notation.
  for (const [ip, mapped] of [
    ["198.51.100.7", "::ffff:198.51.100.7"],
    ["198.51.100.8", "::FFFF:198.51.100.8"],
  ] as const) {
    expect([network(ip), network(mapped)]).toEqual([ip, ip]);
  }
});

test.each<[hops: number, headers: Record<string, string>, url: string, secure: boolean, host: string]>([
  [0, {}, "http://x", false, "inside:8080"],
  [0, {}, "https://x", true, "inside:8080"],
  [0, { "x-forwarded-proto": "https", "x-forwarded-host": "live.example" }, "http://x", false, "inside:8080"],
  [1, { "x-forwarded-proto": "https", "x-forwarded-host": "live.example" }, "http://x", true, "live.example"],
  [1, { "x-forwarded-proto": "wss" }, "http://x", true, "inside:8080"],
  [1, { "x-forwarded-proto": "http" }, "https://x", false, "inside:8080"],
  [1, { "x-forwarded-proto": "https, http" }, "http://x", false, "inside:8080"],
  [1, { "x-forwarded-proto": "http, https" }, "http://x", true, "inside:8080"],
  [2, { "x-forwarded-proto": "http, https, http" }, "http://x", true, "inside:8080"],
  [2, { "x-forwarded-proto": "https" }, "http://x", true, "inside:8080"],
  [1, { "x-forwarded-proto": "gopher" }, "http://x", false, "inside:8080"],
  [1, { "x-forwarded-host": "evil.example, live.example:8443" }, "http://x", false, "live.example:8443"],
  [1, { "x-forwarded-host": "" }, "http://x", false, "inside:8080"],
  [1, {}, "http://x", false, "inside:8080"],
])("with %d trusted hops and %j at %s: over TLS %p, for the host %s", (hops, headers, url, secure, host) => {
  expect(peerOf(request({ host: "inside:8080", ...headers }, url), PROXY, hops)).toMatchObject({ secure, host });
});

test("a private peer that speaks for others without being trusted is worth a warning, a public one or a trusted one is not", () => {
  const proxied = request({ "x-forwarded-for": CLIENT });
  const privates = [
    "127.0.0.1",
    "::1",
    "10.0.0.1",
    "192.168.1.1",
    "172.16.0.1",
    "172.31.9.9",
    "169.254.1.1",
    "fd00::1",
  ];
  for (const ip of [...privates, "::ffff:10.0.0.1", "fe80::1"]) {
    expect([ip, isUntrustedProxy(proxied, ip, 0)]).toEqual([ip, true]);
    expect([ip, isUntrustedProxy(proxied, ip, 1)]).toEqual([ip, false]);
    expect([ip, isUntrustedProxy(request(), ip, 0)]).toEqual([ip, false]);
  }
  for (const ip of [CLIENT, "172.32.0.1", "172.15.0.1", "11.0.0.1", "192.169.0.1", "2001:db8::1", "unknown"]) {
    expect([ip, isUntrustedProxy(proxied, ip, 0)]).toEqual([ip, false]);
  }
});

test("loopback is 127.0.0.0/8 and ::1, and no name", () => {
  expect(["127.0.0.1", "127.9.9.9", "::1"].map(isLoopback)).toEqual([true, true, true]);
  expect(["0.0.0.0", "::", "128.0.0.1", "localhost", "10.127.0.1", ""].map(isLoopback)).not.toContain(true);
});
