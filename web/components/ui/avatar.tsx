"use client";

import { useState } from "react";

const HUES = 12;

/** Somebody's face: their photo, or their initials on a wash whose hue comes from their id. */
export function Avatar({
  uid,
  name,
  photoUrl,
  size = 40,
}: {
  uid: string;
  name: string;
  photoUrl: string | null;
  size?: number;
}) {
  const [broken, setBroken] = useState<string | null>(null);
  const style = { width: size, height: size };
  if (photoUrl && photoUrl !== broken) {
    return (
      <img
        src={photoUrl}
        alt=""
        style={style}
        referrerPolicy="no-referrer"
        onError={() => setBroken(photoUrl)}
        className="shrink-0 rounded-full bg-well object-cover"
      />
    );
  }
  return (
    <span
      aria-hidden="true"
      style={{ ...style, fontSize: size * 0.38, ["--hue" as string]: hueOf(uid) }}
      className="note-wash note-ink grid shrink-0 place-items-center rounded-full font-medium"
    >
      {initials(name)}
    </span>
  );
}

function hueOf(uid: string): number {
  let sum = 0;
  for (const letter of uid) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 9973;
  return (sum % HUES) * (360 / HUES);
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/u);
  const first = [words[0], words.length > 1 ? words.at(-1) : undefined];
  return first
    .map((word) => [...(word ?? "")][0] ?? "")
    .join("")
    .toLocaleUpperCase();
}
