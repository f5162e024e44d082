/**
 * The whole answer to a request that is sent with a token: what breaks off half-way is no answer.
 *
 * Rejects when `timeout` seconds pass without a byte, or when the request's own signal says so.
 */
export async function exchange(request: Request, token: string | undefined, timeout: number): Promise<Response> {
  if (token !== undefined) request.headers.set("Authorization", `Bearer ${token}`);
  // AbortSignal.any() would join the two, but a phone that is stuck at iOS 16 does not have it.
  const controller = new AbortController();
  const giveUp = () => controller.abort(new DOMException(`No byte for ${timeout} seconds.`, "TimeoutError"));
  const obey = () => controller.abort(request.signal.reason);
  let timer = setTimeout(giveUp, timeout * 1000);
  request.signal.addEventListener("abort", obey);
  if (request.signal.aborted) obey();
  try {
    const answer = await fetch(request, { signal: controller.signal });
    const reader = answer.body?.getReader();
    if (reader === undefined) return answer;
    const chunks: BlobPart[] = [];
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      chunks.push(read.value);
      clearTimeout(timer);
      timer = setTimeout(giveUp, timeout * 1000);
    }
    const { status, statusText, headers } = answer;
    return new Response(new Blob(chunks), { status, statusText, headers });
  } finally {
    clearTimeout(timer);
    request.signal.removeEventListener("abort", obey);
  }
}
