/**
 * Storage of the browser that may be missing, full or forbidden: then nothing is remembered, and nothing breaks.
 */
function kept(storage: () => Storage) {
  return {
    get(name: string): string | null {
      try {
        return storage().getItem(name);
      } catch {
        return null;
      }
    },
    set(name: string, value: string): void {
      try {
        storage().setItem(name, value);
      } catch {
        // Private windows and full disks forbid it. What is on the page still works.
      }
    },
    remove(name: string): void {
      try {
        storage().removeItem(name);
      } catch {
        // As above.
      }
    },
    removeAll(prefix: string): void {
      try {
        for (const name of Object.keys(storage())) if (name.startsWith(prefix)) storage().removeItem(name);
      } catch {
        // As above.
      }
    },
  };
}

/** What this browser remembers. */
export const inBrowser = kept(() => localStorage);

/** What this tab remembers, until it is closed. */
export const inTab = kept(() => sessionStorage);
