import { gain, type Table, times, written } from "./figures";

const WIDTH = 760;
const LEFT = 90;
const RIGHT = 190;
const BAR = 16;
const STEP = 21;
const HEADING = 30;
const GAP = 16;
const TOP = 44;

/** One class a column; the first is Headend's. Colors hold on light and dark pages. */
const STYLE = `text { font: 13px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 16px; font-weight: 600 } .heading { font-weight: 600 } .bar { fill: #9aa4af } .own { fill: #2f81f7 }
  .paper { fill: #ffffff }
  @media (prefers-color-scheme: dark) { text { fill: #e6edf3 } .paper { fill: #0d1117 } .bar { fill: #6e7681 } }`;

/** The shown row of every table as bars, one a server, drawn to the longest of its group. */
export function drawChart(tables: readonly Table[]): string {
  let y = TOP;
  const groups = tables.flatMap((table) => {
    const row = table.rows.find(({ name }) => name === table.shown);
    if (!row) return [];
    const group = drawGroup(table, row, y);
    y += HEADING + table.columns.length * STEP + GAP;
    return [group];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-label="Headend beside stock socket.io and bare Bun">
<style>${STYLE}</style>
<rect class="paper" width="${WIDTH}" height="${y}" rx="8"/>
<text class="title" x="16" y="28">Headend beside stock socket.io and bare Bun, the same load in one run</text>
${groups.join("\n")}
</svg>
`;
}

function drawGroup({ title, columns }: Table, row: Table["rows"][number], top: number): string {
  const longest = Math.max(...row.figures.filter(Number.isFinite), 0);
  const [first = Number.NaN] = row.figures;
  const which = row.better === "more" ? "more is better" : "less is better";
  const bars = columns.map((column, at) => {
    const figure = row.figures[at] ?? Number.NaN;
    const y = top + HEADING + at * STEP;
    const width = longest > 0 && Number.isFinite(figure) ? (figure / longest) * (WIDTH - LEFT - RIGHT) : 0;
    const ratio = at > 0 ? ` (Headend ${times(gain(row, first, figure), 1)})` : "";
    return [
      `<text x="${LEFT - 8}" y="${y + 12}" text-anchor="end">${escapeXml(column)}</text>`,
      `<rect class="${at === 0 ? "own" : "bar"}" x="${LEFT}" y="${y}" width="${width.toFixed(1)}" height="${BAR}" rx="3"/>`,
      `<text x="${(LEFT + width + 8).toFixed(1)}" y="${y + 12}">${written(figure, row.digits)}${ratio}</text>`,
    ].join("\n");
  });
  const heading = `${title}: ${row.label} (${which})`;
  return [`<text class="heading" x="16" y="${top + 18}">${escapeXml(heading)}</text>`, ...bars].join("\n");
}

function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
