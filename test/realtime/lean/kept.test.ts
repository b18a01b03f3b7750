import { expect, test } from "bun:test";
import { Ids } from "../../../src/realtime/lean/ids";
import { keeperOf } from "../../../src/realtime/lean/kept";

const HEADERS = { "user-agent": "Browser/1", origin: "http://a.example", cookie: "a=b", authorization: "Bearer x" };

function asked(headers: Record<string, string> = HEADERS, query = "?token=t&more=1"): [Request, URL] {
  const url = new URL(`http://b.example/socket.io/${query}`);
  return [new Request(url, { headers }), url];
}

test("of a request only what the API reads tokens from is kept, and who the client is", () => {
  const who = { userAgent: "Browser/1", origin: "http://a.example" };
  const nothing = { authorization: undefined, token: undefined, cookie: undefined };
  expect(keeperOf(["auth"])(...asked())).toEqual({ ...who, ...nothing });
  expect(keeperOf(["query"])(...asked())).toEqual({ ...who, ...nothing, token: "t" });
  expect(keeperOf(["bearer"])(...asked())).toEqual({ ...who, ...nothing, authorization: "Bearer x" });
  expect(keeperOf(["cookie"])(...asked())).toEqual({ ...who, ...nothing, cookie: "a=b" });
  expect(keeperOf([])(...asked({}, ""))).toEqual({ userAgent: undefined, origin: undefined, ...nothing });
});

test("two of a kind are kept once, but what is one's own is not shared", () => {
  const anonymous = keeperOf([]);
  expect(anonymous(...asked())).toBe(anonymous(...asked()));
  expect(anonymous(...asked())).not.toBe(anonymous(...asked({ ...HEADERS, origin: "http://c.example" })));
  for (const carrier of ["query", "bearer", "cookie"] as const) {
    const keep = keeperOf([carrier]);
    expect(keep(...asked())).not.toBe(keep(...asked()));
  }
  // Sessions of a browser whose cookie is renewed do not change with each other.
  const keep = keeperOf(["cookie"]);
  const [one, other] = [keep(...asked()), keep(...asked())];
  one.cookie = "a=c";
  expect(other.cookie).toBe("a=b");
});

test("however many kinds there are, no more than so many are remembered", () => {
  const keep = keeperOf([]);
  const first = keep(...asked());
  for (let n = 0; n < 1_024; n++) keep(...asked({ "user-agent": `Robot/${n}` }));
  expect(keep(...asked())).not.toBe(first);
  expect(keep(...asked())).toEqual(first);
});

test("ids are twenty characters that go into a URL, and never the same", () => {
  const ids = new Ids();
  const some = Array.from({ length: 1_000 }, () => ids.next());
  expect(new Set([...some, ...Array.from({ length: 10 }, () => new Ids().next())]).size).toBe(1_010);
  for (const id of some) expect(id).toMatch(/^[\w-]{20}$/);
});
