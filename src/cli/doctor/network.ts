import { Keys } from "../../domain/tokens/keys";
import { isLoopback } from "../../http/peer";
import { Fault } from "../../runtime/fault";
import { type Exam, type Finding, ok, problem, warning } from "./finding";
import { holders } from "./holders";

const PATIENCE_MS = 5_000;
/** Programs that stand in front of others, by their processes' names. */
const PROXIES = /^(nginx|caddy|traefik|haproxy|apache2|httpd|envoy|cloudflared)/;

/** Whether tokens of the existing issuer can be verified. */
export const issuer: Exam = async ({ config: { jwtJwksUrl, jwtPublicKey } }) => {
  if (jwtPublicKey) {
    try {
      await Keys.load({ secret: "", previousSecrets: [], publicKey: jwtPublicKey });
      return [ok("the issuer's public key can be used")];
    } catch (error) {
      return [problem(error instanceof Fault ? error.message : String(error), "Without it the server does not start.")];
    }
  }
  if (!jwtJwksUrl) return [];
  const advice = "Until it answers, tokens of the issuer are refused as unavailable.";
  const { host } = new URL(jwtJwksUrl);
  const { status, body, fault } = await look(jwtJwksUrl);
  if (fault) return [problem(`the issuer's keys cannot be fetched from ${host}: ${fault}`, advice)];
  const keys = (body as { keys?: unknown } | undefined)?.keys;
  if (status !== 200 || !Array.isArray(keys)) {
    return [
      problem(`${host} answers ${status} and no set of keys`, "HEADEND_JWT_JWKS_URL must lead to the set itself."),
    ];
  }
  const usable = keys.filter((key) => ["RSA", "EC", "OKP"].includes((key as { kty?: string }).kty ?? ""));
  if (usable.length === 0) return [problem(`${host} has no RSA, EC or Ed25519 key`, advice)];
  return [ok(`${host} has ${usable.length} ${usable.length === 1 ? "key" : "keys"} for tokens`)];
};

/** Whether the services that are watched answer. */
export const services: Exam = ({ config }) =>
  Promise.all(
    [...(config.services ?? [])].map(async ([name, url]): Promise<Finding> => {
      const { status, fault } = await look(url);
      const advice = `See whether it runs, and whether its URL in HEADEND_SERVICES is right (${new URL(url).host}).`;
      if (fault) return warning(`${name} does not answer: ${fault}`, advice);
      return (status ?? 500) < 500 ? ok(`${name} answers`) : warning(`${name} answers ${status}`, advice);
    }),
  );

/** Whether addresses are those of clients, or of a proxy that nobody mentioned. */
export const proxies: Exam = ({ config }) => {
  const { trustedProxies, host } = config;
  const isOpen = !isLoopback(host) && host !== "localhost";
  if (trustedProxies > 0) {
    if (!isOpen) return [ok(`${trustedProxies} proxies are believed, and nobody else reaches the ports`)];
    const advice = "HEADEND_HOST=127.0.0.1, or a firewall: whoever reaches the ports directly can claim any address.";
    return [
      warning(`proxies are believed (HEADEND_TRUSTED_PROXIES=${trustedProxies}) on ports that are open to all`, advice),
    ];
  }
  const proxy = holders().find(({ name, port }) => (port === 80 || port === 443) && PROXIES.test(name));
  if (!proxy) return [ok("no proxy is trusted, and none listens on port 80 or 443 here")];
  const advice =
    "If it stands in front of Headend: HEADEND_TRUSTED_PROXIES=1, or all clients share its address and limits.";
  return [warning(`${proxy.name} listens on port ${proxy.port} of this machine, and no proxy is trusted`, advice)];
};

async function look(url: string): Promise<{ status?: number; body?: unknown; fault?: string }> {
  try {
    const response = await fetch(url, { redirect: "manual", signal: AbortSignal.timeout(PATIENCE_MS) });
    const body: unknown = await response.json().catch(() => undefined);
    return { status: response.status, body };
  } catch (error) {
    const { name, code, message } = error as { name?: string; code?: string; message?: string };
    return {
      fault:
        name === "TimeoutError" ? `no answer within ${PATIENCE_MS / 1000} s` : (code ?? message ?? "no connection"),
    };
  }
}
