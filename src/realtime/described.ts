import type { DescribedApi } from "../http/openapi";
import type { Api } from "./api";

/**
 * An API's REST calls as the OpenAPI document takes them.
 *
 * @param origin where it is reached, `http://localhost:8080`
 * @param prefix what stands before its paths there, `/live`; empty on a port of its own
 * @returns undefined where it has none
 */
export function describedApi(
  { name, contract: { title, description, document }, rest }: Pick<Api, "name" | "contract" | "rest">,
  origin: string,
  prefix = "",
): DescribedApi | undefined {
  return rest && { name, title, description, document, rest, origin, prefix };
}
