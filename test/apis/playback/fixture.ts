import { startTestApp, type TestApp, type TestOptions } from "../../harness";

/** A server of this API alone. */
export function startPlayback({ env, ...options }: TestOptions = {}): Promise<TestApp> {
  return startTestApp({ ...options, env: { HEADEND_APIS: "playback", ...env } });
}
