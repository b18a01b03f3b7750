// Asks for a title and sees it through: what becomes of the request, how far the download is, and when it is there.
//
//   node examples/node/requests.mjs "$TOKEN" 27205 Inception [http://localhost:4000]

import { io } from "socket.io-client";

const [token, tmdbId = "27205", title = "Inception", url = "http://localhost:4000"] = process.argv.slice(2);
const media = io(`${url}/media`, { auth: { token } });

media.on("connect_error", (error) => console.log("not connected:", error.message));
media.on("media:request:status", ({ request, currentStatus, reason }) => {
  if (request.tmdbId !== tmdbId) return;
  console.log(`${request.title} is ${currentStatus}`, reason ?? "");
  if (currentStatus === "available" || currentStatus === "declined") media.close();
});
media.on("media:download:progress", ({ progress }) =>
  console.log(`${progress.percentage} % at ${progress.speed}, ${progress.eta} left`),
);
// Once, at the first connection: what is asked for already is shown on connecting.
media.once("connect", async () => {
  const answer = await fetch(`${url}/api/v1/media/requests`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ mediaType: "movie", tmdbId, title }),
  });
  const { success, data, error } = await answer.json();
  console.log(success ? `asked for, as ${data.id}` : `${error.code}: ${error.message}`);
});
