/** What is kept of one press: which request it is, under which key, and whether it may have been done. */
export interface Note {
  readonly key: string;
  readonly userId: string;
  readonly path: string;
  readonly body: unknown;
  /** When it was pressed first, in milliseconds since 1970. */
  readonly at: number;
  /** False where every answer so far was a refusal that moved nothing. */
  readonly unsure: boolean;
}

/** Where notes outlive a reload: `sessionStorage`, or whatever else has these of its methods. */
export type NoteStorage = Pick<Storage, "length" | "key" | "getItem" | "setItem" | "removeItem">;

const PREFIX = "guilder-intent:";

/**
 * The notes of one page.
 *
 * A storage can be forbidden or full. Then its errors are nobody's business: the notes live as long as the page.
 */
export class Notes {
  readonly #storage: () => NoteStorage;
  readonly #ofThisPage = new Map<string, Note>();

  constructor(storage: () => NoteStorage) {
    this.#storage = storage;
  }

  all(): Note[] {
    const notes = new Map((attempt(() => stored(this.#storage())) ?? []).map((note) => [note.key, note]));
    for (const note of this.#ofThisPage.values()) notes.set(note.key, note);
    return [...notes.values()].sort((one, other) => one.at - other.at);
  }

  write(note: Note): void {
    this.#ofThisPage.set(note.key, note);
    attempt(() => this.#storage().setItem(PREFIX + note.key, JSON.stringify(note)));
  }

  remove(key: string): void {
    this.#ofThisPage.delete(key);
    attempt(() => this.#storage().removeItem(PREFIX + key));
  }
}

/** What the storage holds of notes. What is no note was not written by us, or was damaged, and says nothing. */
function stored(storage: NoteStorage): Note[] {
  const names = Array.from({ length: storage.length }, (_, index) => storage.key(index));
  return names
    .filter((name) => name?.startsWith(PREFIX))
    .map((name) => attempt(() => JSON.parse(storage.getItem(name as string) ?? "") as unknown))
    .filter(isNote);
}

function isNote(value: unknown): value is Note {
  if (typeof value !== "object" || value === null) return false;
  const note = value as Record<keyof Note, unknown>;
  return (
    typeof note.key === "string" &&
    /^[A-Za-z0-9-]{1,64}$/.test(note.key) &&
    typeof note.userId === "string" &&
    typeof note.path === "string" &&
    typeof note.body === "object" &&
    note.body !== null &&
    typeof note.at === "number" &&
    typeof note.unsure === "boolean"
  );
}

function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
