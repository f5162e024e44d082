"use client";

import { useEffect, useState } from "react";
import { inBrowser } from "@/lib/storage";

export type Scheme = "system" | "light" | "dark";

const KEY = "scheme";
const DARK = "(prefers-color-scheme: dark)";

/** The chosen scheme. Before the first paint lib/early.ts applies it. */
export function useScheme() {
  const [scheme, setScheme] = useState<Scheme>("system");

  useEffect(() => {
    const kept = inBrowser.get(KEY);
    if (kept === "light" || kept === "dark") setScheme(kept);
  }, []);

  function choose(next: Scheme) {
    if (next === "system") inBrowser.remove(KEY);
    else inBrowser.set(KEY, next);
    setScheme(next);
    apply(next);
  }

  return [scheme, choose] as const;
}

/** Follows the system while nothing else was chosen, also when it changes at dusk. */
export function useSystemScheme(): void {
  useEffect(() => {
    const system = matchMedia(DARK);
    const follow = () => {
      if (!inBrowser.get(KEY)) apply("system");
    };
    system.addEventListener("change", follow);
    return () => system.removeEventListener("change", follow);
  }, []);
}

function apply(scheme: Scheme): void {
  const isDark = scheme === "dark" || (scheme === "system" && matchMedia(DARK).matches);
  document.documentElement.classList.toggle("dark", isDark);
}
