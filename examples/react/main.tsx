// A page of one chat. Bun serves it as it is: bun examples/react/index.html, then http://localhost:3001/#TOKEN

import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { Chat } from "./Chat";

const server = new URLSearchParams(location.search).get("server") ?? "http://localhost:7070";
const root = document.getElementById("root");
if (root) {
  createRoot(root).render(
    <StrictMode>
      <Chat url={server} token={location.hash.slice(1)} streamId="stream_qwe456" />
    </StrictMode>,
  );
}
