import type { Figures } from "../../wire";
import { number } from "../desk/format";
import { refusalsIn } from "./series";

/** What clients were refused for. Some of it is normal: limits do their work. */
export function Refusals({ history }: { history: readonly Figures[] }) {
  const counted = refusalsIn(history);
  const most = counted[0]?.[1] ?? 1;
  return (
    <section aria-labelledby="refusals">
      <h2 id="refusals" class="section-title">
        Refusals in the last minutes
      </h2>
      {counted.length === 0 ? (
        <p class="card calm muted">Nothing was refused.</p>
      ) : (
        <dl class="card bars">
          {counted.map(([code, count]) => (
            <div key={code}>
              <dt>{code.replaceAll("_", " ")}</dt>
              <dd>
                <span class="bar" aria-hidden="true">
                  <span style={{ width: `${(count / most) * 100}%` }} />
                </span>
                <span class="figure">{number(Math.round(count))}</span>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}
