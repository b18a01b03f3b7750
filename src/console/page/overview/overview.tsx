import { useDesk } from "../desk/desk";
import { bytes, compact, duration, number } from "../desk/format";
import { useSource } from "../desk/source";
import { Loading } from "../parts/notice";
import { Page } from "../parts/page";
import { Apis } from "./apis";
import { Chart } from "./chart";
import { Health } from "./health";
import { Refusals } from "./refusals";
import { lately, perApi, smoothed } from "./series";
import { Tiles } from "./tiles";

const SHOWN_MS = 300_000;
/** A megabyte, two, four, up to a terabyte. */
const BINARY_STEPS = Array.from({ length: 21 }, (_, power) => 1024 ** 2 * 2 ** power);

/** The first page: how many are here, what for, how busy and how well the process is. */
export function Overview() {
  const { stream } = useDesk();
  const history = lately(useSource(stream.figures), SHOWN_MS);
  const now = history.at(-1);
  if (!now) {
    return (
      <Page title="Overview">
        <Loading what="Waiting for the first figures…" />
      </Page>
    );
  }
  return (
    <Page title="Overview">
      <Health now={now} />
      <Tiles now={now} />
      <Apis history={history} now={now} />
      <section aria-labelledby="lately">
        <h2 id="lately" class="section-title">
          The last minutes
        </h2>
        <div class="charts">
          <Chart
            title="Events from clients, a second (mean of 5 s)"
            history={history}
            lines={perApi(now, ({ events }) => events).map((line) => smoothed(line, history))}
            format={compact}
            atLeast={5}
          />
          <Chart
            title="Messages to clients, a second (mean of 5 s)"
            history={history}
            lines={perApi(now, ({ deliveries }) => deliveries).map((line) => smoothed(line, history))}
            format={compact}
            atLeast={5}
          />
          <Chart
            title="Connections"
            history={history}
            lines={perApi(now, ({ connections }) => connections)}
            format={compact}
            atLeast={5}
          />
          <Chart
            title="Memory"
            history={history}
            lines={[{ label: "resident", colour: 1, read: ({ rssBytes }) => rssBytes }]}
            format={bytes}
            atLeast={128 * 1024 ** 2}
            steps={BINARY_STEPS}
          />
          <Chart
            title="Event-loop lag, p99"
            history={history}
            lines={[{ label: "lag", colour: 3, read: ({ lagMs }) => lagMs }]}
            format={(value) => `${number(value)} ms`}
            atLeast={20}
          />
          <Chart
            title="Processor, of one core"
            history={history}
            lines={[{ label: "processor", colour: 2, read: ({ cpu }) => cpu * 100 }]}
            format={(value) => `${number(Math.round(value))} %`}
            atLeast={20}
          />
        </div>
      </section>
      <Refusals history={history} />
      <p class="muted footnote">Running for {duration(now.uptimeS)}.</p>
    </Page>
  );
}
