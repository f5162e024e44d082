import type { TestContext } from "node:test";

/** The clients' time-outs of 30 seconds, which pass when the test says so, and not before. */
export interface Timeouts {
  /** Passes the time of all that run. */
  pass(): void;
  /** Resolves when so many have begun. */
  begun(count: number): Promise<void>;
}

const PATIENCE_MILLISECONDS = 30_000;

export function timeouts(t: TestContext): Timeouts {
  const { setTimeout, clearTimeout } = globalThis;
  const running = new Map<unknown, () => void>();
  const waiting: { count: number; resolve: () => void }[] = [];
  let begun = 0;
  t.mock.method(globalThis, "setTimeout", (action: () => void, milliseconds?: number) => {
    const timer = setTimeout(action, milliseconds);
    if (milliseconds === PATIENCE_MILLISECONDS) {
      running.set(timer, action);
      begun += 1;
      for (const { count, resolve } of waiting) if (begun >= count) resolve();
    }
    return timer;
  });
  t.mock.method(globalThis, "clearTimeout", (timer: NodeJS.Timeout) => {
    running.delete(timer);
    clearTimeout(timer);
  });
  return {
    pass: () => {
      for (const action of [...running.values()]) action();
    },
    begun: (count) =>
      begun >= count
        ? Promise.resolve()
        : new Promise((resolve) => {
            waiting.push({ count, resolve });
          }),
  };
}
