type Credential = { readonly key: string } | { readonly token: string };

/** The REST calls of one API, with a key or a token. */
export class Rest {
  readonly #url: string;
  readonly #headers: Record<string, string>;

  constructor(url: string, credential: Credential) {
    this.#url = url;
    const who = "key" in credential ? { "x-api-key": credential.key } : { authorization: `Bearer ${credential.token}` };
    this.#headers = { ...who, "content-type": "application/json" };
  }

  get<T = unknown>(path: string): Promise<T> {
    return this.#call<T>("GET", path);
  }

  post<T = unknown>(path: string, body: object = {}): Promise<T> {
    return this.#call<T>("POST", path, body);
  }

  put<T = unknown>(path: string, body: object = {}): Promise<T> {
    return this.#call<T>("PUT", path, body);
  }

  patch<T = unknown>(path: string, body: object): Promise<T> {
    return this.#call<T>("PATCH", path, body);
  }

  delete<T = unknown>(path: string): Promise<T> {
    return this.#call<T>("DELETE", path);
  }

  /** @throws with the answer unless it is 2xx; an empty answer is an empty object */
  async #call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(this.#url + path, {
      method,
      headers: this.#headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return (text === "" ? {} : JSON.parse(text)) as T;
  }
}
