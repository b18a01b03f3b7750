import { expect, test } from "bun:test";
import { temporaryFolder, token } from "../../harness";
import { ServerProcess } from "../../process/server";
import { KEY } from "./fixture";

test("what was answered before the server is killed is there after it: jobs, ends, members and notifications", async () => {
  using folder = temporaryFolder();
  const env = { HEADEND_API_KEY: KEY, HEADEND_APIS: "studio" };
  const jwt = await token("u1");
  const asUser = { authorization: `Bearer ${jwt}` };
  const asServer = { "x-api-key": KEY };
  let server = await ServerProcess.start(folder.path, env);
  const call = async (path: string, headers: Record<string, string>, json?: object, method = json ? "POST" : "GET") => {
    const response = await fetch(`${server.url("studio")}/api/v1${path}`, {
      method,
      headers: { "content-type": "application/json", ...headers },
      ...(json && { body: JSON.stringify(json) }),
    });
    return {
      status: response.status,
      // biome-ignore lint/suspicious/noExplicitAny: answers are compared as a whole; where a field is wanted, it is named
      data: response.status === 204 ? null : ((await response.json()) as { data: any }).data,
    };
  };
  try {
    const ids: string[] = [];
    for (let n = 0; n < 6; n++) ids.push((await call("/media", asUser, { kind: "image" })).data.mediaId);
    for (let n = 0; n < 4; n++)
      expect((await call("/media/claim", asServer, { worker: "w" })).data.mediaId).toBe(ids[n]);
    await call(`/media/${ids[0]}/complete`, asServer, { url: "https://example.com/1.png" });
    await call(`/media/${ids[1]}/error`, asServer, { error: "No" });
    await call(`/media/${ids[2]}`, asUser, undefined, "DELETE");
    await call("/rooms/project-123", asServer, { members: ["u2"] }, "PUT");
    const news = { userId: "u1", type: "info", title: "T", message: "M" };
    const { data: notification } = await call("/notifications", asServer, news);
    server.signal("SIGKILL");
    await server.ended();
    server = await ServerProcess.start(folder.path, env);
    const statuses = (await call("/media", asUser)).data.map(({ status }: { status: string }) => status);
    expect(statuses.reverse()).toEqual(["completed", "failed", "cancelled", "processing", "queued", "queued"]);
    expect((await call(`/media/${ids[0]}/error`, asServer, { error: "again" })).status).toBe(409);
    expect((await call(`/media/${ids[3]}/progress`, asServer, { progress: 5, stage: "s" })).status).toBe(200);
    expect((await call("/media/claim", asServer, { worker: "w" })).data.mediaId).toBe(ids[4]);
    expect((await call("/media", asUser, { kind: "image", projectId: "project-123" })).status).toBe(403);
    expect((await call("/notifications", asUser)).data).toEqual([notification]);
  } finally {
    await server[Symbol.asyncDispose]();
  }
});
