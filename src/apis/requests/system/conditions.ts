import type { Condition } from "./alerts";
import type { ServiceStatus } from "./services";

interface Sample {
  /** Percent, as the next; undefined where it could not be read. */
  readonly memory: number | undefined;
  readonly disk: number | undefined;
  /** Ms. */
  readonly lagP99: number;
  readonly statuses: ReadonlyMap<string, ServiceStatus>;
  /** By service: the share of its probes that failed while it was not down altogether. */
  readonly unsteadiness: ReadonlyMap<string, number>;
}

/** What is watched, with the thresholds of CONTRACT §5. */
export function conditionsOf({ memory, disk, lagP99, statuses, unsteadiness }: Sample): Condition[] {
  const conditions: (Omit<Condition, "value"> & { readonly value: number | undefined })[] = [
    {
      key: "memory",
      severity: "warning",
      category: "performance",
      title: "High Memory Usage",
      message: "System memory usage is above 80%",
      value: memory,
      threshold: 80,
      clearBelow: 75,
      metric: "memoryUsage",
      recommendations: ["Consider restarting services", "Check for memory leaks"],
    },
    {
      key: "disk",
      severity: "critical",
      category: "storage",
      title: "Disk Almost Full",
      message: "The file system of the data folder is more than 90% full",
      value: disk,
      threshold: 90,
      clearBelow: 85,
      metric: "diskUsage",
      recommendations: ["Remove files that are not needed", "Lower HEADEND_RETENTION_DAYS"],
    },
    {
      key: "lag",
      severity: "warning",
      category: "performance",
      title: "Event Loop Is Late",
      message: "The server answers more than 200 ms late",
      value: Math.round(lagP99),
      threshold: 200,
      clearBelow: 100,
      metric: "eventLoopLag",
      recommendations: ["Check what else runs on this machine", "Look at the busiest API in /metrics"],
    },
    ...[...unsteadiness].map(
      ([name, share]): Condition => ({
        key: `errors ${name}`,
        severity: "warning",
        category: "service",
        title: `Errors of ${name}`,
        message: `More than 5% of the probes of ${name} failed within a minute`,
        value: Math.round(share * 1000) / 10,
        threshold: 5,
        clearBelow: 2,
        metric: "errorRate",
        recommendations: [`Look at the log of ${name}`],
      }),
    ),
    ...[...statuses].map(
      ([name, status]): Condition => ({
        key: `offline ${name}`,
        severity: name === "database" ? "critical" : "warning",
        category: "service",
        title: `${name} Is Offline`,
        message: `${name} does not answer`,
        value: status === "offline" ? 1 : 0,
        threshold: 0.5,
        clearBelow: 0.5,
        metric: "offline",
        recommendations: [`Check whether ${name} is running`, `Check the network between this machine and ${name}`],
      }),
    ),
  ];
  // Of what could not be read nothing is known, neither that it is wrong nor that it is right again.
  return conditions.flatMap(({ value, ...condition }) => (value === undefined ? [] : [{ ...condition, value }]));
}
