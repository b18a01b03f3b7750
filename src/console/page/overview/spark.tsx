interface SparkProps {
  readonly colour: number;
  readonly values: readonly number[];
}

const WIDTH = 200;
const HEIGHT = 32;
/** So many points are drawn at most: it is small. */
const POINTS = 60;

/** How lively it has been, without a scale: the figures stand beside it. */
export function Spark({ colour, values }: SparkProps) {
  const shown = values.slice(-POINTS);
  const top = Math.max(...shown, 1);
  const points = shown.map((value, at) => {
    const x = (at / Math.max(shown.length - 1, 1)) * WIDTH;
    return `${x.toFixed(1)},${(HEIGHT - 1 - (value / top) * (HEIGHT - 3)).toFixed(1)}`;
  });
  if (points.length < 2) return <div class="spark" />;
  return (
    <svg class="spark" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <polygon data-colour={colour} points={`0,${HEIGHT} ${points.join(" ")} ${WIDTH},${HEIGHT}`} />
      <polyline data-colour={colour} points={points.join(" ")} />
    </svg>
  );
}
