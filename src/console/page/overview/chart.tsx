import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import uPlot from "uplot";
import type { Figures } from "../../wire";
import { useTheme } from "../parts/theme";
import { colourOf } from "./colour";
import { columnsOf, type Line } from "./series";

interface ChartProps {
  readonly title: string;
  readonly history: readonly Figures[];
  readonly lines: readonly Line[];
  readonly format: (value: number) => string;
  /** The scale reaches at least this far up, so that noise does not look like a mountain. */
  readonly atLeast: number;
  /** Where the scale may have its marks; round numbers by default. */
  readonly steps?: number[];
}

const HEIGHT = 168;
const WINDOW_S = 300;

/** Lines over the last minutes; the legend shows the value under the pointer, else the last one. */
export function Chart({ title, history, lines, format, atLeast, steps }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const [at, setAt] = useState<number | null>(null);
  const theme = useTheme();
  const columns = columnsOf(history, lines);
  const latest = useRef(columns);
  latest.current = columns;
  const names = lines.map(({ label }) => label).join(" ");

  // Made anew where its colours or its lines are others; data alone is set below.
  // biome-ignore lint/correctness/useExhaustiveDependencies: by their names, since the lines are new ones every second
  useLayoutEffect(() => {
    const element = place.current;
    if (!element) return;
    const made = new uPlot(
      optionsOf(element, { lines, format, atLeast, ...(steps && { steps }) }, setAt),
      latest.current,
      element,
    );
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [names, theme]);

  useEffect(() => {
    plot.current?.setData(columns);
  });

  const shownAt = at !== null && at < columns[0].length ? at : columns[0].length - 1;
  const values = lines.map((_, index) => columns[index + 1]?.[shownAt]);
  const summary = lines.map(({ label }, index) => `${label} ${said(values[index], format)}`).join(", ");
  return (
    <figure class="card chart">
      <figcaption>
        <span class="chart-title">{title}</span>
        <span class="legend">
          {lines.map(({ label, colour }, index) => (
            <span key={label} class="legend-item">
              <span class="swatch" data-colour={colour} aria-hidden="true" />
              {lines.length > 1 && <span>{label}</span>}
              <span class="figure">{said(values[index], format)}</span>
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={place} class="plot" role="img" aria-label={`${title} over the last minutes; now: ${summary}`} />
    </figure>
  );
}

function said(value: number | null | undefined, format: (value: number) => string): string {
  return value === null || value === undefined ? "–" : format(value);
}

function optionsOf(
  element: HTMLElement,
  { lines, format, atLeast, steps }: Pick<ChartProps, "lines" | "format" | "atLeast" | "steps">,
  onPoint: (at: number | null) => void,
): uPlot.Options {
  const ink = colourOf(element, "var(--muted)");
  const grid = { stroke: colourOf(element, "var(--line-soft)"), width: 1 };
  const font = `11px ${getComputedStyle(element).fontFamily}`;
  const axis = { stroke: ink, grid, font, ticks: { show: false } };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [10, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: "overview" }, points: { size: 7 } },
    scales: {
      x: { time: true, range: (_, low, high) => [Math.max(low ?? 0, (high ?? 0) - WINDOW_S), high ?? 1] },
      y: { range: (_, __, high) => [0, Math.max((high ?? 0) * 1.12, atLeast)] },
    },
    axes: [
      { ...axis, space: 70, size: 26, values: (_, times) => times.map(hoursAndMinutes) },
      { ...axis, space: 34, size: 54, values: (_, ticks) => ticks.map(format), ...(steps && { incrs: steps }) },
    ],
    series: [
      {},
      ...lines.map(({ label, colour }) => {
        const stroke = colourOf(element, `var(--s${colour})`);
        const fill = lines.length === 1 ? colourOf(element, `var(--s${colour}-soft)`) : undefined;
        return { label, stroke, width: 1.6, points: { show: false }, ...(fill && { fill }) };
      }),
    ],
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)] },
  };
}

function hoursAndMinutes(seconds: number): string {
  const at = new Date(seconds * 1000);
  const two = (value: number) => String(value).padStart(2, "0");
  const rest = at.getSeconds() === 0 ? "" : `:${two(at.getSeconds())}`;
  return `${two(at.getHours())}:${two(at.getMinutes())}${rest}`;
}
