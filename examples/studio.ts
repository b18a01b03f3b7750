// A studio client for the terminal: asks for a picture, shows how far it is, and says where it is found.
//
//   bun examples/studio.ts "$(bun run --silent headend token u1)" "A castle in fog" [http://localhost:3000]

import { ask, connectStudio, type HeadendError } from "headend/client";

const [token, prompt = "A castle in fog", url = "http://localhost:3000"] = process.argv.slice(2);
if (!token) throw new Error("usage: bun examples/studio.ts TOKEN [PROMPT] [URL]");

const onRefused = ({ code, message }: HeadendError) => console.log(`-- ${code}: ${message}`);
const news = connectStudio(url, { namespace: "/notifications", token, onRefused });
news.on("notification", ({ title, message }) => console.log(`${title}: ${message}`));

const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
const made = await fetch(`${url}/api/v1/media`, {
  method: "POST",
  headers,
  body: JSON.stringify({ kind: "image", prompt }),
});
const { data, error } = (await made.json()) as { data?: { mediaId: string }; error?: { message: string } };
if (!data) throw new Error(error?.message);

const media = connectStudio(url, { namespace: "/media", token });
// Again after every reconnect: the last state comes first.
media.on("authenticated", ({ userId }) => {
  console.log("signed in as", userId);
  ask(media, "subscribeMedia", data.mediaId).catch(onRefused);
});
media.on("mediaProgress", ({ progress, stage, message }) => console.log(`${progress} % ${stage}`, message ?? ""));
media.on("mediaComplete", (result) => end(`done: ${result.url}`));
media.on("mediaError", (failure) => end(`failed: ${failure.error} ${failure.code ?? ""}`));

function end(line: string): void {
  console.log(line);
  for (const each of [news, media]) each.close();
}
