import type { IntentsOptions } from "guilder-client";

/** `sessionStorage`, as a browser has it. */
export class MemoryStorage {
  readonly items = new Map<string, string>();

  get length(): number {
    return this.items.size;
  }

  key(index: number): string | null {
    return [...this.items.keys()][index] ?? null;
  }

  getItem(name: string): string | null {
    return this.items.get(name) ?? null;
  }

  setItem(name: string, value: string): void {
    this.items.set(name, value);
  }

  removeItem(name: string): void {
    this.items.delete(name);
  }

  /** What a tab has that is duplicated from this one. */
  duplicated(): MemoryStorage {
    const storage = new MemoryStorage();
    for (const [name, value] of this.items) storage.setItem(name, value);
    return storage;
  }
}

/** It can be read, and takes nothing more. */
export class FullStorage extends MemoryStorage {
  override setItem(): void {
    throw new DOMException("The quota has been exceeded.", "QuotaExceededError");
  }
}

export function forbidden(): never {
  throw new DOMException("The operation is insecure.", "SecurityError");
}

/** Waits that take no time, and the seconds that each would have taken. */
export function noWaits(): { waits: number[]; options: IntentsOptions } {
  const waits: number[] = [];
  const wait = async (seconds: number, signal: AbortSignal) => {
    waits.push(seconds);
    signal.throwIfAborted();
  };
  return { waits, options: { wait } };
}
