import { Copy } from "../parts/copy";
import { Dialog } from "../parts/dialog";
import type { Told } from "./secret";

/** What has been done, where it holds a secret: it stays until the operator has taken it. */
export function Outcome({ title, told, onClose }: { title: string; told: Told; onClose: () => void }) {
  const { before, secret, after } = told;
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="form">
        <p role="status">
          {before}
          {secret !== undefined && <code class="secret">{secret}</code>}
          {after}
        </p>
        <p class="hint">Keep it where secrets are kept: nobody is shown it again.</p>
        <footer class="dialog-foot">
          {secret !== undefined && <Copy text={secret} label="Copy the secret" />}
          <button type="button" class="button primary" onClick={onClose}>
            I have it
          </button>
        </footer>
      </div>
    </Dialog>
  );
}
