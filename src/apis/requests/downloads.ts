import { WriteBehind } from "../../domain/progress/buffer";
import { Flushing } from "../../domain/progress/flushing";
import type { House } from "../../house";
import { fitting } from "../../realtime/snapshot";
import { Refusal } from "../../refusal";
import { Throttle } from "../../runtime/throttle";
import { isAdmin, type Media } from "./media";
import type { Download, DownloadStore } from "./store";
import { ADMINS, type RequestsLine, type RequestsSession, showDownload, userRoom } from "./wire";

interface DownloadsParts {
  readonly house: House;
  readonly line: RequestsLine;
  readonly store: DownloadStore;
  readonly media: Media;
  /** `HEADEND_DOWNLOAD_MS` */
  readonly periodMs: number;
}

/** What a downloader says. */
interface Report {
  readonly downloadId: string;
  readonly downloadedBytes: number;
  readonly totalBytes: number;
  readonly currentFile?: string | null | undefined;
  /** 0 to 100, where the downloader knows better than the bytes tell. */
  readonly percentage?: number | null | undefined;
  /** As it is shown, or bytes a second. */
  readonly speed?: string | number | null | undefined;
  /** As it is shown, or seconds. */
  readonly eta?: string | number | null | undefined;
}

interface Running {
  readonly userId: string;
  download: Download;
  /** The last reports, oldest first: the speed is what was done over all of them. */
  readonly samples: { at: number; bytes: number }[];
  /** Monotonic ms of when it last went on. */
  advancedAt: number;
  isStalled: boolean;
}

/** Reports that the speed is taken over: a jump of one of them is no jump of the speed. */
const SAMPLES = 5;
/** A download that does not go on for so long is shown as standing still. */
const STALLED_MS = 60_000;
const STALLED_SWEEP_MS = 5_000;
const SWEEP_MS = 100;
/** Of one request; a series has one an episode. */
const MAX_OF_A_REQUEST = 500;
const MAX_BUFFERED = 100_000;
const UNKNOWN_ETA = "--:--:--";

/** Downloads as they go on: shown to whoever asked for the title and to admins, at most so often each. */
export class Downloads {
  readonly #parts: DownloadsParts;
  /** By request, then by download. */
  readonly #running = new Map<string, Map<string, Running>>();
  readonly #buffer: WriteBehind<Download>;
  readonly #shown: Throttle<Running>;

  constructor(parts: DownloadsParts) {
    this.#parts = parts;
    const { house, store, periodMs } = parts;
    const { clock, log, ticker, progress } = house;
    this.#buffer = new WriteBehind<Download>({
      name: "downloads",
      clock,
      log,
      maxRows: MAX_BUFFERED,
      write: (rows) => store.write(rows),
    });
    new Flushing("downloads", this.#buffer, ticker, progress.flushPeriodMs);
    this.#shown = new Throttle(clock, periodMs, (running) => this.#show(running));
    ticker.every("show downloads that were held back", SWEEP_MS, () => this.#shown.sweep());
    ticker.every("notice stalled downloads", STALLED_SWEEP_MS, () => this.#noticeStalled());
    for (const { download, userId } of store.list()) {
      this.#of(download.requestId).set(download.downloadId, this.#begun(userId, download));
    }
  }

  /**
   * Takes a report; the first one of an approved request moves it on.
   *
   * @throws Refusal `not_found`; `conflict` while the request is in no state to be downloaded
   */
  report(requestId: string, report: Report): Promise<Download> {
    return this.#parts.media.whileDownloading(requestId, ({ userId }) => this.#take(requestId, userId, report));
  }

  #take(requestId: string, userId: string, report: Report): Download {
    const all = this.#of(requestId);
    const earlier = all.get(report.downloadId);
    if (!earlier && all.size >= MAX_OF_A_REQUEST) {
      throw new Refusal("conflict", `A request has at most ${MAX_OF_A_REQUEST} downloads`, { field: "downloadId" });
    }
    const download: Download = {
      requestId,
      downloadId: report.downloadId,
      downloadedBytes: report.downloadedBytes,
      totalBytes: report.totalBytes,
      percentage: report.percentage ?? null,
      currentFile: report.currentFile ?? earlier?.download.currentFile ?? null,
      speed: "",
      eta: "",
      reportedAt: this.#parts.house.clock.now(),
    };
    const running = earlier ?? this.#begun(userId, download);
    all.set(report.downloadId, running);
    this.#measure(running, download, report);
    this.#buffer.put(requestId, report.downloadId, running.download);
    this.#shown.put(keyOf(running.download), running);
    return running.download;
  }

  /** The last states of a request's downloads. */
  of(requestId: string): Download[] {
    return [...(this.#running.get(requestId)?.values() ?? [])].map(({ download }) => download);
  }

  /** Everybody's that go on now, last reported first. */
  newest(): Download[] {
    const all = [...this.#running.values()].flatMap((each) => [...each.values()]);
    return all.map(({ download }) => download).sort((a, b) => b.reportedAt - a.reportedAt);
  }

  /** The request is no longer being downloaded: what was held back is shown now, and nothing of it kept. */
  over(requestId: string): void {
    this.#buffer.drop(requestId);
    for (const { download } of this.#running.get(requestId)?.values() ?? []) this.#shown.finish(keyOf(download));
    this.#running.delete(requestId);
  }

  /** Shows a socket on `/media` what is being downloaded now, as far as its user may see it. */
  attend(session: RequestsSession): void {
    const { identity } = session;
    if (!identity) return;
    const mine = [...this.#running.values()]
      .flatMap((all) => [...all.values()])
      .filter(({ userId }) => userId === identity.userId || isAdmin(identity))
      .map(({ download }) => download)
      .sort((a, b) => a.reportedAt - b.reportedAt);
    for (const shown of fitting(mine.map(showDownload))) {
      this.#parts.line.publisher.send<"/media", "media:download:progress">(session, "media:download:progress", shown);
    }
  }

  /** Reports that are not stored yet. */
  get unwritten(): number {
    return this.#buffer.size;
  }

  flush(): boolean {
    return this.#buffer.flush();
  }

  #of(requestId: string): Map<string, Running> {
    let all = this.#running.get(requestId);
    if (!all) {
      all = new Map();
      this.#running.set(requestId, all);
    }
    return all;
  }

  #begun(userId: string, download: Download): Running {
    const { clock } = this.#parts.house;
    return { userId, download, samples: [], advancedAt: clock.elapsed(), isStalled: false };
  }

  /** Works out what the report does not say. */
  #measure(running: Running, download: Download, { speed, eta }: Report): void {
    const now = this.#parts.house.clock.elapsed();
    const { samples } = running;
    const bytes = download.downloadedBytes;
    // It has begun again.
    if (bytes < (samples.at(-1)?.bytes ?? 0)) samples.length = 0;
    if (bytes !== samples.at(-1)?.bytes) {
      running.advancedAt = now;
      running.isStalled = false;
    }
    samples.push({ at: now, bytes });
    if (samples.length > SAMPLES) samples.shift();
    const first = samples[0] ?? { at: now, bytes };
    const measured = now > first.at ? ((bytes - first.bytes) / (now - first.at)) * 1000 : 0;
    const bytesPerSecond = (typeof speed === "string" ? speedOf(speed) : speed) ?? measured;
    const left = Math.max(0, download.totalBytes - bytes);
    const seconds = typeof eta === "number" ? eta : left === 0 ? 0 : left / bytesPerSecond;
    running.download = {
      ...download,
      speed: typeof speed === "string" ? speed : speedText(bytesPerSecond),
      eta: typeof eta === "string" ? eta : etaText(seconds),
    };
  }

  #show({ download, userId }: Running): void {
    const { publisher } = this.#parts.line;
    const shown = showDownload(download);
    for (const room of [userRoom(userId), ADMINS]) {
      publisher.toRoom("/media", room, "media:download:progress", shown);
    }
  }

  #noticeStalled(): void {
    const { clock } = this.#parts.house;
    const since = clock.elapsed() - STALLED_MS;
    for (const all of this.#running.values()) {
      for (const running of all.values()) {
        const { download } = running;
        if (running.isStalled || running.advancedAt > since || download.downloadedBytes >= download.totalBytes)
          continue;
        running.isStalled = true;
        running.samples.length = 0;
        running.download = { ...download, speed: speedText(0), eta: UNKNOWN_ETA, reportedAt: clock.now() };
        this.#shown.put(keyOf(download), running);
      }
    }
  }
}

function keyOf({ requestId, downloadId }: Download): string {
  return `${requestId}\0${downloadId}`;
}

const UNITS = ["B", "KB", "MB", "GB"];

/** What `5.2 MB/s` means, in bytes a second; of other spellings nothing is known. */
function speedOf(text: string): number | undefined {
  const [, value, unit = ""] = /^(\d+(?:\.\d+)?) ?([KMG]?B)\/s$/i.exec(text) ?? [];
  return value === undefined ? undefined : Number(value) * 1000 ** UNITS.indexOf(unit.toUpperCase());
}

/** `5.2 MB/s` */
function speedText(bytesPerSecond: number): string {
  let value = bytesPerSecond;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}/s`;
}

/** `00:03:45` */
function etaText(seconds: number): string {
  if (!Number.isFinite(seconds)) return UNKNOWN_ETA;
  const whole = Math.min(Math.ceil(seconds), 99 * 3600 + 59 * 60 + 59);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}
