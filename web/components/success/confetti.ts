import { inBrowser } from "@/lib/storage";

const CELEBRATED = "celebrated";
const REMEMBERED = 20;
const COLORS = ["#e9b949", "#f4d58d", "#b9822b", "#fff4d6"];
const SHOWN_MS = 6000;

/** Throws confetti, once for each purchase. A reload finds that it was thrown; reduced motion throws none. */
export async function celebrate(sessionId: string): Promise<void> {
  const celebrated = (inBrowser.get(CELEBRATED) ?? "").split(" ");
  if (celebrated.includes(sessionId)) return;
  inBrowser.set(CELEBRATED, [...celebrated, sessionId].slice(-REMEMBERED).join(" ").trim());
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const { default: confetti } = await import("canvas-confetti");
  const canvas = document.createElement("canvas");
  canvas.setAttribute("aria-hidden", "true");
  canvas.className = "pointer-events-none fixed inset-0 z-50 size-full";
  document.body.append(canvas);
  // Its worker would come from a blob, which the Content-Security-Policy refuses.
  const fire = confetti.create(canvas, { useWorker: false, resize: true, disableForReducedMotion: true });
  fire({ particleCount: 90, spread: 75, origin: { y: 0.35 }, colors: COLORS, ticks: 160 });
  setTimeout(() => canvas.remove(), SHOWN_MS);
}
