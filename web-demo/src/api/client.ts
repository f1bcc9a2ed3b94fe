import createClient, { type Middleware } from "openapi-fetch";
import { accessHeaders } from "./access";
import { API_BASE, apiUrl } from "./base";
import { hearTime } from "./clock";
import { ApiProblem, UNREACHABLE, problemFrom } from "./problem";
import type { paths } from "./schema";

const authorised: Middleware = {
  onRequest({ request }) {
    for (const [name, value] of Object.entries(accessHeaders())) request.headers.set(name, value);
    return request;
  },
  onResponse({ response }) {
    hearTime(response);
  },
};

/** The API, typed by the OpenAPI document. */
export const api = createClient<paths>({ baseUrl: API_BASE, fetch: (request) => fetch(request) });
api.use(authorised);

type Answer<T> = { data?: T; error?: unknown; response: Response };

/** The body of a success; anything else is thrown as an [`ApiProblem`]. */
export async function answer<T>(call: Promise<Answer<T>>): Promise<T> {
  let got: Answer<T>;
  try {
    got = await call;
  } catch {
    throw new ApiProblem(UNREACHABLE);
  }
  if (!got.response.ok) throw new ApiProblem(problemFrom(got.response.status, got.error));
  return got.data as T;
}

/** A path of the API as it is: event streams read as JSON, downloads. */
export async function raw(path: string, accept: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(apiUrl(path), { headers: { Accept: accept, ...accessHeaders() } });
  } catch {
    throw new ApiProblem(UNREACHABLE);
  }
  if (!response.ok) throw new ApiProblem(problemFrom(response.status, await response.text().catch(() => "")));
  return response;
}
