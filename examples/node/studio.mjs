// Asks for a picture and shows a bar until it is there. A worker has to be running: examples/worker.ts or worker.py.
//
//   node examples/node/studio.mjs "$TOKEN" "A castle in fog" [http://localhost:3000]

import { io } from "socket.io-client";

const [token, prompt = "A castle in fog", url = "http://localhost:3000"] = process.argv.slice(2);
const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
const body = JSON.stringify({ kind: "image", prompt });
const { data, error } = await (await fetch(`${url}/api/v1/media`, { method: "POST", headers, body })).json();
if (error) throw new Error(error.message);

const media = io(`${url}/media`, { auth: { token } });
// After a reconnect the last state comes again, whatever happened meanwhile.
media.on("authenticated", () => media.emit("subscribeMedia", data.mediaId));
media.on("mediaProgress", ({ progress, stage }) => {
  const bar = "#".repeat(Math.round(progress / 4)).padEnd(25, "-");
  process.stdout.write(`\r[${bar}] ${progress} % ${stage}   `);
});
media.on("mediaComplete", ({ url }) => end(`done: ${url}`));
media.on("mediaError", ({ error, code }) => end(`failed: ${error} ${code ?? ""}`));
media.on("authError", ({ message }) => end(`not signed in: ${message}`));

function end(line) {
  console.log(`\n${line}`);
  media.close();
}
