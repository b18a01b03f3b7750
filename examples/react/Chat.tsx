import { ask, connectLive, type LiveEvents } from "headend/client";
import { type FormEvent, useState } from "react";
import { useHeadend } from "./useHeadend";

type Message = Parameters<LiveEvents["chat:message"]>[0];

/** A stream's chat: what is said, how many watch, and a line to say something. */
export function Chat({ url, token, streamId }: { url: string; token: string; streamId: string }) {
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const [viewers, setViewers] = useState(0);
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");

  const { socket, isConnected, error } = useHeadend(
    (onRefused) => connectLive(url, { token, onRefused }),
    (live) => {
      // Again after every reconnect; what was said meanwhile comes with the answer.
      live.on("connect", () => live.emit("chat:join", { stream_id: streamId }));
      live.on("chat:joined", ({ recent_messages }) => setMessages(recent_messages));
      live.on("chat:message", (message) => setMessages((earlier) => [...earlier, message].slice(-200)));
      live.on("viewer.count.update", ({ count }) => setViewers(count));
    },
    [url, token, streamId],
  );

  const say = async (event: FormEvent) => {
    event.preventDefault();
    if (!socket) return;
    try {
      await ask(socket, "chat:message", { stream_id: streamId, message: text });
      setText("");
      setProblem("");
    } catch (refusal) {
      setProblem((refusal as Error).message);
    }
  };

  return (
    <section>
      <p role="status">{isConnected ? `${viewers} watching` : "connecting …"}</p>
      <ul>
        {messages.map(({ message_id, username, message }) => (
          <li key={message_id}>
            <b>{username}</b>: {message}
          </li>
        ))}
      </ul>
      <form onSubmit={say}>
        <input value={text} onChange={({ target }) => setText(target.value)} aria-label="message" />
        <button type="submit">Say</button>
      </form>
      <p role="alert">{problem || error?.message}</p>
    </section>
  );
}
