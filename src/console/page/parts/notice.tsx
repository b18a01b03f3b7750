import type { ComponentChildren } from "preact";
import { Icon } from "./icon";

interface NoticeProps {
  readonly title: string;
  readonly tone?: "plain" | "bad";
  readonly children?: ComponentChildren;
}

/** Says in words why there is nothing to see. */
export function Notice({ title, tone = "plain", children }: NoticeProps) {
  return (
    <div class="notice" data-tone={tone} role={tone === "bad" ? "alert" : undefined}>
      {tone === "bad" && <Icon name="warn" />}
      <p class="notice-title">{title}</p>
      {children && <div class="muted">{children}</div>}
    </div>
  );
}

/** A call that failed, over what is still shown from before. */
export function Trouble({ text, again }: { text: string; again: () => void }) {
  return (
    <div class="trouble" role="alert">
      <Icon name="warn" />
      <span>{text}</span>
      <button type="button" class="button small" onClick={again}>
        Try again
      </button>
    </div>
  );
}

export function Loading({ what }: { what: string }) {
  return (
    <p class="loading" role="status">
      {what}
    </p>
  );
}
